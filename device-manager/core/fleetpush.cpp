#include "device-manager/core/fleetpush.h"

#include "device-manager/core/fleetpushwork.h"

#include <algorithm>

namespace device {

using namespace std::chrono_literals;
using runtime::Error;
using runtime::ErrorCode;
using runtime::FunctionState;
using runtime::Result;
using State = FleetRow::State;

namespace {

/// A link that was lost gets this long to come back; one that is being opened has limits of its
/// own.
constexpr auto lostLimit = 10s;

/// Whether the device may have switched, or may be about to.
bool mayBeDecided(const Error &error)
{
    switch (error.code) {
    case ErrorCode::Cancelled:
    case ErrorCode::DeviceLost:
    case ErrorCode::DeviceUnreachable:
    case ErrorCode::RuntimeLost:
    case ErrorCode::RuntimeUnreachable: return true;
    default: return false;
    }
}

} // namespace

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
    if (work.pusher)
        connect(work.pusher, &Pusher::packagesStep, &work.context,
                [this, &work](const QString &function, const QString &line) {
                    onPackages(work, function.toStdString(), line.toStdString());
                });
    if (work.client())
        return ask(work);
    if (work.link->state() != DeviceLink::State::Offline &&
        work.link->state() != DeviceLink::State::Connecting)
        work.limit.start(lostLimit);
    work.link->open();
}

void FleetPush::onOnline(Work &work)
{
    switch (work.phase) {
    case Work::Phase::Connecting: work.limit.stop(); return ask(work);
    case Work::Phase::Settling: return settle(work);
    case Work::Phase::Watching: return listen(work);
    default: return;
    }
}

void FleetPush::onLinkFailed(Work &work, const Error &error)
{
    switch (work.phase) {
    case Work::Phase::Connecting:
    case Work::Phase::Asking: return failAll(work, error);
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

/// What serves before the push: what fails or is cancelled gets it back.
void FleetPush::ask(Work &work)
{
    work.phase = Work::Phase::Asking;
    work.client()->functions().then(
        this, [this, &work](const Result<std::vector<FunctionState>> &states) {
            if (work.phase != Work::Phase::Asking)
                return; // it is left alone
            if (states) {
                for (const FunctionState &state : *states)
                    work.before[state.spec.name] = state;
                return pushAll(work);
            }
            if (!mayBeDecided(states.error()))
                return failAll(work, states.error());
            work.phase = Work::Phase::Connecting; // the link was lost
            work.limit.start(lostLimit);
            if (work.client())
                onOnline(work);
        });
}

void FleetPush::pushAll(Work &work)
{
    work.phase = Work::Phase::Pushing;
    showAll(work, State::Pushing);
    if (work.isCanary && m_plan.watch > 0ms)
        listen(work);
    work.open = m_plan.functions.size();
    eachRow(work, [&](FleetRow &row) { push(work, row); });
}

void FleetPush::push(Work &work, FleetRow &row)
{
    const std::size_t index = std::size_t(&row - m_rows.data()) - work.firstRow;
    if (!work.pusher)
        return onPushed(work, row, runtime::failure(ErrorCode::DeviceUnknown, row.device));
    work.pusher->push(m_plan.functions[index], m_stop.get_token())
        .then(this, [this, &work, &row](const Result<PushReport> &report) {
            onPushed(work, row, report);
        });
}

void FleetPush::onPackages(Work &work, const std::string &function, const std::string &line)
{
    eachRow(work, [&](FleetRow &row) {
        if (row.function != function ||
            (row.state != State::Pushing && row.state != State::Packing))
            return;
        row.step = line;
        show(row, line.empty() ? State::Pushing : State::Packing);
    });
}

void FleetPush::onPushed(Work &work, FleetRow &row, const Result<PushReport> &report)
{
    if (report) {
        row.report = *report;
        row.version = report->version;
        row.isNew = report->changed && !report->error;
        row.isSure = true;
        row.error = report->error;
        show(row, row.error ? State::Failed : State::Done);
    } else {
        row.error = report.error();
        row.version = work.before[row.function].version;
        row.isSure = !mayBeDecided(*row.error);
        show(row, row.error->code == ErrorCode::Cancelled ? State::Cancelled : State::Failed);
    }
    if (--work.open == 0)
        settle(work);
}

/// Where a push ended without an answer, the device may still be at it. Pushed again it says what
/// became of it; after a cancel it is told to serve the version of before, which waits for its turn
/// too.
void FleetPush::settle(Work &work)
{
    std::vector<FleetRow *> unsure;
    eachRow(work, [&](FleetRow &row) {
        if (!row.isSure)
            unsure.push_back(&row);
    });
    if (unsure.empty() || work.isSecond)
        return onSettled(work);
    work.phase = Work::Phase::Settling;
    if (!work.limit.isActive())
        work.limit.start(lostLimit);
    if (!work.client())
        return;
    work.isSecond = true;
    work.open = unsure.size();
    if (!m_stop.stop_requested()) {
        work.limit.stop();
        work.phase = Work::Phase::Pushing;
        for (FleetRow *row : unsure) {
            show(*row, State::Pushing);
            push(work, *row);
        }
        return;
    }
    for (FleetRow *row : unsure)
        bringBack(work, *row, [this, &work, row](const Result<> &done) {
            if (work.phase != Work::Phase::Settling)
                return; // it took too long
            row->isSure = done || done.error().code == ErrorCode::FunctionUnknown;
            if (--work.open == 0)
                onSettled(work);
        });
}

/// The version of before; a function that was not there goes.
void FleetPush::bringBack(Work &work, const FleetRow &row,
                          const std::function<void(const Result<> &)> &then)
{
    runtime::Client *client = work.client();
    const std::string &bundle = work.before[row.function].bundle;
    if (!client)
        then(runtime::failure(ErrorCode::DeviceLost, row.device, "no link to roll it back"));
    else if (bundle.empty())
        client->remove(row.function).then(this, then);
    else
        client->rollback(row.function, bundle)
            .then(this, [then](const Result<runtime::PutResult> &done) {
                then(done.map([](const runtime::PutResult &) {}));
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
    if (work.pusher)
        work.pusher->disconnect(&work.context);
    eachRow(work, [&](const FleetRow &row) { Q_EMIT rowEnded(row); });
    if (!m_isFinished && std::ranges::all_of(m_works, [](const auto &w) {
            return w->phase == Work::Phase::Ended;
        })) {
        m_isFinished = true;
        Q_EMIT finished();
    }
}

} // namespace device
