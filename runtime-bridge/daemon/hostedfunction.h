#pragma once

#include "runtime-bridge/daemon/alarms/alarmset.h"
#include "runtime-bridge/daemon/cancellation.h"
#include "runtime-bridge/daemon/functionversion.h"
#include "runtime-bridge/daemon/hostobserver.h"
#include "runtime-bridge/daemon/triggers/triggerset.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/daemon/workerqueue.h"
#include "runtime-bridge/protocol/profile.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runtime {

/// A version that can be brought back.
struct KeptVersion {
    std::string bundle;
    std::uint64_t version = 0;
    std::filesystem::path root; ///< Where its files lie.
    FunctionSpec spec;
};

/// One function of a runtime: its versions, the queue for its workers, its triggers.
///
/// A new version loads while the old one serves, is switched in whole, and the old one's workers
/// end with what they are doing: no request fails because of it. When its first three invocations
/// fail, and the version before had answered, that one serves again.
class HostedFunction : public std::enable_shared_from_this<HostedFunction>
{
public:
    HostedFunction(HostParts &parts, HostObserver &observer, std::string name);
    ~HostedFunction();

    /// Loads \a version and switches to it. \a linked: see WorkerTask. With the bundle that serves
    /// already, nothing happens.
    [[nodiscard]] Result<PutResult> activate(KeptVersion version, bool linked,
                                             boost::asio::yield_context yield);
    /// Serves as before a restart; the first invocation loads it.
    void restore(std::vector<KeptVersion> kept, std::uint64_t lastVersion, bool linked, bool armed);

    /// Exactly one outcome.
    [[nodiscard]] Invocation invoke(const InvokeRequest &request, const Caller &caller,
                                    boost::asio::yield_context yield);

    void setArmed(bool armed);
    void setFrozen(bool frozen);
    /// See "debug" in docs/protocol.md. Answered when the worker is about to connect.
    [[nodiscard]] Result<> debug(const DebugRequest &request, boost::asio::yield_context yield);
    /// The function has ordinary workers again; what the debugged one runs ends in its timeout.
    void endDebugging();
    /// Where its workers spend the next \a duration. ErrorCode::UsageInvalid for a function
    /// whose workers cannot tell, RuntimeBusy while it is profiled already.
    [[nodiscard]] Result<Profile> profile(std::chrono::milliseconds duration,
                                          Cancellation *cancellation,
                                          boost::asio::yield_context yield);
    /// Triggers fire no more; for the time before the end.
    void rest() { m_triggers.disarm(); }
    /// Nothing is invoked any more; what waits or runs ends as cancelled.
    void end();

    /// The newest version cannot be used; the last good one serves.
    void setFault(const Error &error);

    [[nodiscard]] FunctionState state() const;
    [[nodiscard]] const std::string &name() const { return m_name; }
    [[nodiscard]] bool hasVersion() const { return m_current != nullptr; }
    [[nodiscard]] bool isLinked() const { return m_linked; }
    [[nodiscard]] bool isArmed() const { return m_armed; }
    [[nodiscard]] bool isBusy() const { return m_running > 0; }
    [[nodiscard]] std::uint64_t lastVersion() const { return m_lastVersion; }
    /// Oldest first; the last one serves.
    [[nodiscard]] const std::vector<KeptVersion> &kept() const { return m_kept; }
    /// Something of what is kept over restarts changed.
    std::function<void()> onKeptChange;

private:
    std::shared_ptr<FunctionVersion> createVersion(const KeptVersion &kept, bool linked,
                                                   std::optional<DebugRequest> debug);
    void switchTo(const std::shared_ptr<FunctionVersion> &version);
    void keep(KeptVersion version);
    void judge(const Invocation &invocation);
    void rollBack(const Fault &last);
    WorkerQueue::Turn waitForTurn(Cancellation *cancellation,
                                  const boost::asio::yield_context &yield);
    void runOn(const std::shared_ptr<Worker> &worker, Invocation &invocation, const Caller &caller,
               const boost::asio::yield_context &yield);
    void finish(Invocation &invocation, const Worker *worker);
    void onLine(Worker &worker, const LogLine &line, bool kept);
    void armTriggers();
    void onAlarm(const AlarmChange &change);
    void changed();

    HostParts &m_parts;
    HostObserver &m_observer;
    std::string m_name;
    std::shared_ptr<FunctionVersion> m_current;
    std::vector<std::weak_ptr<FunctionVersion>> m_old; ///< May still have busy workers.
    std::vector<KeptVersion> m_kept;
    /// A version that replaced one that had answered, until it answers itself.
    struct Trial {
        std::string bundle;
        std::string before; ///< The bundle that answered.
        int failures = 0;
    };
    std::optional<Trial> m_trial;
    bool m_hasAnswered = false; ///< The version that serves, the last time it was invoked.
    std::uint64_t m_lastVersion = 0;
    std::shared_ptr<WorkerQueue> m_queue;
    TriggerSet m_triggers;
    AlarmSet m_alarms;
    Turnstile m_turnstile; ///< One activation at a time.
    Fault m_fault;
    FunctionCondition m_condition = FunctionCondition::Starting;
    std::optional<DebugRequest> m_debug;
    bool m_linked = false;
    bool m_armed = false;
    bool m_frozen = false;
    bool m_ended = false;
    bool m_profiled = false;
    int m_running = 0; ///< Invocations that wait or run.
    std::uint64_t m_invocations = 0, m_failures = 0;
};

} // namespace runtime
