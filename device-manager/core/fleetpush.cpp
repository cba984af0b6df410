#include "device-manager/core/fleetpush.h"

#include "device-manager/core/devicelink.h"
#include "runtime-bridge/client/client.h"

#include <nlohmann/json.hpp>

#include <QPointer>
#include <QTimer>

#include <algorithm>
#include <map>

namespace device {

using namespace std::chrono_literals;
using runtime::Error;
using runtime::ErrorCode;
using runtime::FunctionState;
using runtime::Invocation;
using runtime::Outcome;
using runtime::Result;
using State = FleetRow::State;

namespace {

/// A link that was lost gets this long to come back; one that is being opened has limits of its
/// own.
constexpr auto lostLimit = 10s;
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

/// One member on its way.
struct FleetPush::Work {
    enum class Phase { Waiting, Connecting, Pushing, Settling, Watching, Judged, Undoing, Ended };

    QPointer<DeviceLink> link;
    QPointer<Pusher> pusher;
    bool isCanary = false;
    std::size_t firstRow = 0;
    Phase phase = Phase::Waiting;
    std::size_t open = 0; ///< Requests that have no answer yet.
    std::map<std::string, FunctionState> before;
    std::unique_ptr<runtime::Subscription> subscription;
    /// The first of each bundle: they may come before it is known which one was pushed.
    std::map<std::string, Invocation> failures;
    QTimer limit;
    QObject context; ///< Ends the connections to the link.

    [[nodiscard]] runtime::Client *client() const { return link ? link->client() : nullptr; }
};

FleetPush::FleetPush(Plan plan, QObject *parent) : QObject(parent), m_plan(std::move(plan))
{
    for (const Member &member : m_plan.members) {
        auto work = std::make_unique<Work>();
        work->link = member.link;
        work->pusher = member.pusher;
        work->isCanary = member.isCanary;
        work->firstRow = m_rows.size();
        work->limit.setSingleShot(true);
        connect(&work->limit, &QTimer::timeout, this,
                [this, raw = work.get()] { onTimeout(*raw); });
        for (const runtime::ApplicationFunction &function : m_plan.functions) {
            FleetRow row;
            row.device = member.link->device().name.toStdString();
            row.function = function.spec.name;
            row.isCanary = member.isCanary;
            m_rows.push_back(std::move(row));
        }
        m_works.push_back(std::move(work));
    }
}

FleetPush::~FleetPush()
{
    m_stop.request_stop();
}

template<typename Visit> void FleetPush::eachRow(const Work &work, Visit visit)
{
    for (std::size_t i = 0; i < m_plan.functions.size(); ++i)
        visit(m_rows[work.firstRow + i]);
}

void FleetPush::show(FleetRow &row, State state)
{
    row.state = state;
    Q_EMIT rowChanged(row);
}

void FleetPush::showAll(Work &work, State state)
{
    eachRow(work, [&](FleetRow &row) { show(row, state); });
}

void FleetPush::start()
{
    const bool hasCanary = std::ranges::any_of(m_works, [](const auto &w) { return w->isCanary; });
    for (const auto &work : m_works)
        if (work->isCanary || !hasCanary)
            begin(*work);
}

void FleetPush::begin(Work &work)
{
    work.phase = Work::Phase::Connecting;
    showAll(work, State::Connecting);
    if (!work.link)
        return onLinkFailed(work, {ErrorCode::DeviceUnknown, m_rows[work.firstRow].device, {}});
    connect(work.link, &DeviceLink::stateChanged, &work.context,
            [this, &work](DeviceLink::State state) {
                if (state == DeviceLink::State::Online)
                    onOnline(work);
            });
    connect(work.link, &DeviceLink::failed, &work.context,
            [this, &work](const Error &error) { onLinkFailed(work, error); });
    connect(work.link, &QObject::destroyed, &work.context, [this, &work] {
        onLinkFailed(work, {ErrorCode::DeviceUnknown, m_rows[work.firstRow].device, {}});
    });
    connect(work.link, &DeviceLink::stepChanged, &work.context, [this, &work](LinkStep step) {
        if (step == LinkStep::Install && work.phase == Work::Phase::Connecting)
            showAll(work, State::Installing);
    });
    if (work.client())
        return prepare(work);
    if (work.link->state() == DeviceLink::State::Lost)
        work.limit.start(lostLimit);
    work.link->open();
}

void FleetPush::onOnline(Work &work)
{
    switch (work.phase) {
    case Work::Phase::Connecting: work.limit.stop(); return prepare(work);
    case Work::Phase::Settling: return settle(work);
    case Work::Phase::Watching: return listen(work);
    default: return;
    }
}

void FleetPush::onLinkFailed(Work &work, const Error &error)
{
    switch (work.phase) {
    case Work::Phase::Connecting: return failAll(work, error);
    case Work::Phase::Settling: return onSettled(work);
    case Work::Phase::Watching:
        eachRow(work, [&](FleetRow &row) { row.error = error; });
        return judge(work);
    default: return; // what is open ends with an error
    }
}

void FleetPush::onTimeout(Work &work)
{
    const Error error{ErrorCode::DeviceUnreachable, m_rows[work.firstRow].device,
                      "the link was lost and did not come back"};
    switch (work.phase) {
    case Work::Phase::Connecting: return failAll(work, error);
    case Work::Phase::Settling: return onSettled(work);
    case Work::Phase::Watching:
        if (!work.client()) // whether it goes on failing there, nobody knows
            eachRow(work, [&](FleetRow &row) { row.error = error; });
        return judge(work);
    default: return;
    }
}

void FleetPush::failAll(Work &work, const Error &error)
{
    eachRow(work, [&](FleetRow &row) {
        row.error = error;
        show(row, State::Failed);
    });
    onSettled(work);
}

/// What serves before the push: a canary that fails gets it back.
void FleetPush::prepare(Work &work)
{
    work.phase = Work::Phase::Pushing;
    showAll(work, State::Pushing);
    work.client()->functions().then(
        this, [this, &work](const Result<std::vector<FunctionState>> &states) {
            if (!states)
                return failAll(work, states.error());
            for (const FunctionState &state : *states)
                work.before[state.spec.name] = state;
            if (!m_held)
                return pushAll(work);
            showAll(work, State::Untouched);
            onSettled(work);
        });
}

void FleetPush::pushAll(Work &work)
{
    if (!work.pusher)
        return failAll(work, {ErrorCode::DeviceUnknown, m_rows[work.firstRow].device, {}});
    if (work.isCanary && m_plan.watch > 0ms)
        listen(work);
    work.open = m_plan.functions.size();
    for (std::size_t i = 0; i < m_plan.functions.size(); ++i)
        work.pusher->push(m_plan.functions[i], m_stop.get_token())
            .then(this, [this, &work, i](const Result<PushReport> &report) {
                onPushed(work, m_rows[work.firstRow + i], report);
            });
}

void FleetPush::onPushed(Work &work, FleetRow &row, const Result<PushReport> &report)
{
    if (report) {
        row.report = *report;
        row.version = report->version;
        row.isNew = report->changed && !report->error;
        row.error = report->error;
        show(row, row.error ? State::Failed : State::Done);
    } else {
        row.error = report.error();
        row.isSure = false;
        show(row, row.error->code == ErrorCode::Cancelled ? State::Cancelled : State::Failed);
    }
    if (--work.open == 0)
        settle(work);
}

/// The device itself says which version serves where a push ended without an answer.
void FleetPush::settle(Work &work)
{
    bool isSure = true;
    eachRow(work, [&](const FleetRow &row) { isSure = isSure && row.isSure; });
    if (isSure)
        return onSettled(work);
    if (work.phase != Work::Phase::Settling)
        work.limit.start(lostLimit);
    work.phase = Work::Phase::Settling;
    if (!work.client())
        return;
    work.client()->functions().then(
        this, [this, &work](const Result<std::vector<FunctionState>> &states) {
            if (!states || work.phase != Work::Phase::Settling)
                return; // lost again: until its time is over
            eachRow(work, [&](FleetRow &row) {
                if (row.isSure)
                    return;
                row.isSure = true;
                const auto now = std::ranges::find(
                    *states, row.function, [](const FunctionState &s) { return s.spec.name; });
                if (now == states->end())
                    return;
                row.version = now->version;
                row.isNew = now->bundle != work.before[row.function].bundle;
            });
            onSettled(work);
        });
}

void FleetPush::onSettled(Work &work)
{
    work.limit.stop();
    bool hasFailed = false;
    eachRow(work, [&](const FleetRow &row) { hasFailed = hasFailed || row.state != State::Done; });
    if (work.isCanary && !hasFailed && !m_held && m_plan.watch > 0ms)
        return watch(work);
    if (work.isCanary)
        return judge(work);
    end(work);
    if (hasFailed && m_plan.stopOnFailure)
        leaveRest();
}

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
    for (FleetRow *row : rows) {
        runtime::Client *client = work.client();
        const std::string &bundle = work.before[row->function].bundle;
        const auto tell = [this, &work, row](const Result<> &done) { onUndone(work, *row, done); };
        if (!client)
            tell(runtime::failure(ErrorCode::DeviceLost, row->device, "no link to roll it back"));
        else if (bundle.empty())
            client->remove(row->function).then(this, tell);
        else
            client->rollback(row->function, bundle)
                .then(this, [tell](const Result<runtime::PutResult> &done) {
                    tell(done.map([](const runtime::PutResult &) {}));
                });
    }
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
        if (work->phase == Work::Phase::Waiting || work->phase == Work::Phase::Connecting) {
            showAll(*work, State::Untouched);
            end(*work);
        } else if (work->phase == Work::Phase::Watching) {
            watching.push_back(work.get());
        }
    }
    for (Work *work : watching)
        judge(*work);
}

void FleetPush::cancel()
{
    m_stop.request_stop();
    leaveRest();
}

void FleetPush::end(Work &work)
{
    work.phase = Work::Phase::Ended;
    work.limit.stop();
    if (work.link)
        work.link->disconnect(&work.context);
    eachRow(work, [&](const FleetRow &row) { Q_EMIT rowEnded(row); });
    if (!m_isFinished && std::ranges::all_of(m_works, [](const auto &w) {
            return w->phase == Work::Phase::Ended;
        })) {
        m_isFinished = true;
        Q_EMIT finished();
    }
}

} // namespace device
