#include "device-manager/core/fleetpush.h"
#include "device-manager/core/fleetpushwork.h"

#include <nlohmann/json.hpp>

#include <algorithm>

// Canaries: they are watched, judged, and get their versions of before back when one fails.
namespace device {

using runtime::Error;
using runtime::ErrorCode;
using runtime::Invocation;
using runtime::Outcome;
using runtime::Result;
using State = FleetRow::State;

namespace {

/// Failures before a link was lost are looked for among the last ones.
constexpr int lookedBack = 500;

bool isFailure(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Result:
    case Outcome::Rejected:
    case Outcome::Cancelled: return false;
    default: return true;
    }
}

Error errorOf(const Invocation &failed)
{
    return {ErrorCode::FunctionFailed, failed.function,
            failed.fault.type.empty()
                ? std::string(wireName(failed.outcome))
                : runtime::toJson(failed.fault)
                      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

} // namespace

void FleetPush::watch(Work &work)
{
    work.phase = Work::Phase::Watching;
    showAll(work, State::Watching);
    work.limit.start(m_plan.watch);
    for (const auto &[bundle, invocation] : std::exchange(work.failures, {}))
        onInvocation(work, invocation);
}

void FleetPush::listen(Work &work)
{
    runtime::Client *client = work.client();
    if (!client)
        return;
    if (work.phase == Work::Phase::Watching) // again: what came while the link was away
        client->invocations({}, lookedBack)
            .then(this, [this, &work](const Result<std::vector<Invocation>> &list) {
                for (const Invocation &invocation : list ? *list : std::vector<Invocation>())
                    if (isFailure(invocation.outcome))
                        onInvocation(work, invocation);
            });
    work.subscription = client->subscribe({.invocations = true,
                                           .log = false,
                                           .functions = false,
                                           .readings = false,
                                           .afterCursor = 0,
                                           .readingsFromNow = true,
                                           .function = {}});
    connect(work.subscription.get(), &runtime::Subscription::happened, &work.context,
            [this, &work](const runtime::Happening &happening) {
                if (happening.kind == runtime::Happening::Kind::Invocation)
                    onInvocation(work, happening.invocation);
            });
}

void FleetPush::onInvocation(Work &work, const Invocation &invocation)
{
    if (work.phase != Work::Phase::Watching) {
        if (isFailure(invocation.outcome))
            work.failures.try_emplace(invocation.bundle, invocation);
        return;
    }
    bool hasFailed = false;
    eachRow(work, [&](FleetRow &row) {
        if (row.function != invocation.function || row.report.bundle != invocation.bundle)
            return;
        ++row.watched;
        if (isFailure(invocation.outcome)) {
            row.error = errorOf(invocation);
            hasFailed = true;
        }
    });
    if (hasFailed)
        judge(work);
}

/// The canary is through, or failed.
void FleetPush::judge(Work &work)
{
    work.phase = Work::Phase::Judged;
    work.limit.stop();
    if (work.subscription)
        work.subscription.release()->deleteLater(); // this may be one of its signals
    eachRow(work, [&](FleetRow &row) {
        if (row.state == State::Watching)
            show(row, row.error ? State::Failed : State::Done);
        m_canaryFailed = m_canaryFailed || row.state == State::Failed;
    });
    if (m_canaryFailed)
        leaveRest();
    if (std::ranges::all_of(
            m_works, [](const auto &w) { return !w->isCanary || w->phase >= Work::Phase::Judged; }))
        decide();
}

/// Every canary has been judged.
void FleetPush::decide()
{
    for (const auto &work : m_works) {
        if (work->phase == Work::Phase::Judged) {
            if (m_canaryFailed)
                undo(*work);
            else
                end(*work);
        } else if (work->phase == Work::Phase::Waiting) {
            begin(*work);
        }
    }
}

void FleetPush::undo(Work &work)
{
    work.phase = Work::Phase::Undoing;
    std::vector<FleetRow *> rows;
    eachRow(work, [&](FleetRow &row) {
        if (row.isNew)
            rows.push_back(&row);
    });
    work.open = rows.size();
    if (rows.empty())
        return end(work);
    for (FleetRow *row : rows)
        bringBack(work, *row,
                  [this, &work, row](const Result<> &done) { onUndone(work, *row, done); });
}

void FleetPush::onUndone(Work &work, FleetRow &row, const Result<> &undone)
{
    if (undone) {
        row.version = work.before[row.function].version;
        row.isNew = false;
        show(row, State::RolledBack);
    } else {
        row.isSure = undone.error().code != ErrorCode::DeviceLost;
        if (!row.error)
            row.error = undone.error();
        else
            row.error->detail += "\nnot rolled back: " + undone.error().detail;
        show(row, State::Failed);
    }
    if (--work.open == 0)
        end(work);
}

/// Devices that nothing was sent to yet get nothing.
void FleetPush::leaveRest()
{
    if (std::exchange(m_held, true))
        return;
    std::vector<Work *> watching;
    for (const auto &work : m_works) {
        if (work->phase < Work::Phase::Pushing) {
            showAll(*work, State::Untouched);
            end(*work);
        } else if (work->phase == Work::Phase::Watching) {
            watching.push_back(work.get());
        }
    }
    for (Work *work : watching)
        judge(*work);
}

} // namespace device
