#pragma once

#include "device-manager/core/pusher.h"
#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <QObject>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace device {

class DeviceLink;

/// One function on one device: a row of the table of a fleet push.
struct FleetRow {
    enum class State {
        Waiting, ///< For the canaries.
        Connecting,
        Installing, ///< The runtime.
        Packing,    ///< Packages are taken for it: see \c step.
        Pushing,
        Watching, ///< A canary: its invocations must not fail.
        Done,
        Failed,     ///< See the error.
        RolledBack, ///< A canary, or another function of it, failed: as before the push.
        Untouched,  ///< Nothing was sent, because of a canary, a failure or a cancel.
        Cancelled,  ///< Cut while it was pushed: as before the push, if \c isSure.
    };

    std::string device;
    std::string function;
    bool isCanary = false;
    State state = State::Waiting;
    PushReport report;         ///< As far as there is one.
    std::uint64_t version = 0; ///< That serves there now; 0: none, or not known.
    bool isNew = false;        ///< And it is one that this push switched in.
    std::string step;          ///< What goes on, where that lasts.
    bool isSure = true; ///< False: the link is lost, it serves the old or the new one, whole.
    std::uint64_t watched = 0; ///< Invocations of the new version while it was watched.
    std::optional<runtime::Error> error;
};

/// One push of functions to several devices, all at a time: a device that is dead or slow delays
/// none. Canaries come first; unless each of them serves, and its invocations do not fail while it
/// is watched, no other device is touched and the canaries get their versions of before back.
///
/// Borrows the links, and opens those that are offline; a member whose link goes away fails. Use it
/// on their thread; delete it later, not in its signals.
class FleetPush final : public QObject
{
    Q_OBJECT

public:
    struct Member {
        DeviceLink *link = nullptr;
        Pusher *pusher = nullptr; ///< Of that link.
        bool isCanary = false;
    };
    struct Plan {
        std::vector<Member> members;
        std::vector<runtime::ApplicationFunction> functions;
        std::chrono::milliseconds watch{}; ///< How long canaries are watched.
        bool stopOnFailure = false; ///< After a failure, no device is touched that was not yet.
    };

    explicit FleetPush(Plan plan, QObject *parent = nullptr);
    ~FleetPush() override; ///< Cancels what is under way; no signal follows.

    /// Once.
    void start();
    /// Every device keeps its old or its new version; finished() comes when it is known which, or
    /// cannot be known.
    void cancel();

    /// By member, then by function, in the order of the plan.
    [[nodiscard]] const std::vector<FleetRow> &rows() const { return m_rows; }
    [[nodiscard]] bool isFinished() const { return m_isFinished; }

Q_SIGNALS:
    void rowChanged(const device::FleetRow &row);
    /// Once for each row: it stays as it is.
    void rowEnded(const device::FleetRow &row);
    /// Once, after all rows.
    void finished();

private:
    struct Work;

    void begin(Work &work);
    void ask(Work &work);
    void pushAll(Work &work);
    void push(Work &work, FleetRow &row);
    void onPackages(Work &work, const std::string &function, const std::string &line);
    void onPushed(Work &work, FleetRow &row, const runtime::Result<PushReport> &report);
    void settle(Work &work);
    void bringBack(Work &work, const FleetRow &row,
                   const std::function<void(const runtime::Result<> &)> &then);
    void onSettled(Work &work);
    void watch(Work &work);
    void listen(Work &work);
    void onInvocation(Work &work, const runtime::Invocation &invocation);
    void judge(Work &work);
    void decide();
    void undo(Work &work);
    void onUndone(Work &work, FleetRow &row, const runtime::Result<> &undone);
    void leaveRest();
    void end(Work &work);

    void onOnline(Work &work);
    void onLinkFailed(Work &work, const runtime::Error &error);
    void onTimeout(Work &work);
    void failAll(Work &work, const runtime::Error &error);
    void show(FleetRow &row, FleetRow::State state);
    void showAll(Work &work, FleetRow::State state);
    template<typename Visit> void eachRow(const Work &work, Visit visit);

    Plan m_plan;
    std::vector<FleetRow> m_rows;
    std::vector<std::unique_ptr<Work>> m_works;
    std::stop_source m_stop;
    bool m_held = false; ///< No device is touched any more.
    bool m_canaryFailed = false;
    bool m_isFinished = false;
};

} // namespace device
