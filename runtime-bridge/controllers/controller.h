#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <QFuture>
#include <QObject>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace runtime {

/// What a controller's platform does not do as the runtime here does.
struct PortabilityFinding {
    enum class Severity { Note, Warning, Error }; ///< Error: a deployment would not work.
    Severity severity = Severity::Note;
    std::string subject; ///< A function's name; empty: all.
    std::string message; ///< One sentence.
};

/// What a deployment would do with one function.
struct PlanItem {
    enum class Change { Create, Change, Remove, Keep };
    Change change = Change::Keep;
    std::string name;
    std::uint64_t bytes = 0; ///< To be sent.
    std::string text;        ///< Why, in a few words: "new", "code or settings changed".
};

/// What a deployment would do, and what to know before.
struct DeploymentPlan {
    std::vector<PlanItem> items;
    std::vector<PortabilityFinding> findings;
    [[nodiscard]] bool isPossible() const; ///< No finding is an error.
};

/// The functions to deploy.
struct DeploymentRequest {
    std::string application;
    std::vector<ApplicationFunction> functions;
    /// These are all of the application's functions: what it had there besides is removed.
    bool isWhole = false;
};

/// What a deployment did with one function.
struct DeploymentItem {
    PlanItem::Change change = PlanItem::Change::Keep;
    std::string name;
    std::string bundle;      ///< Digest of what runs there now.
    std::string version;     ///< In the controller's own counting.
    std::uint64_t bytes = 0; ///< Sent.
    std::int64_t ms = 0;
};
struct Deployment {
    std::vector<DeploymentItem> items;
};

/// One function as a controller has it.
struct DeployedFunction {
    std::string name;
    std::string application; ///< Empty when it was not deployed by us.
    std::string version;
    std::string bundle; ///< Empty when it was not deployed by us.
    std::string kind;   ///< In the controller's words: "python:3".
    std::int64_t updatedUs = 0;
    Fault fault; ///< Why it does not load, where the controller knows; else empty.
};

/// Who answers.
struct ControllerInfo {
    std::string address;
    std::string description; ///< "Edgewright", "OpenWhisk"
    std::vector<PortabilityFinding> findings;
};

/// A cloud control plane, or this computer's own.
///
/// Every operation delivers exactly one result, on this object's thread; after its stop token fired
/// it is ErrorCode::Cancelled. Destroying the controller ends what is under way without a result.
/// Errors: ControllerUnreachable, ControllerAuthRejected, ControllerRefused (detail: its words),
/// FunctionUnknown, and those of reading the functions. Attach one continuation, with a context.
class Controller : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    template<typename T = void> using Reply = QFuture<Result<T>>;

    /// Whether it answers and takes our key.
    [[nodiscard]] virtual Reply<ControllerInfo> check(std::stop_token stop) = 0;

    /// What deploy() would do; changes nothing.
    [[nodiscard]] virtual Reply<DeploymentPlan> plan(const DeploymentRequest &request,
                                                     std::stop_token stop) = 0;

    /// One function after the other; what has not changed is not sent. The first that fails ends
    /// it, with its name as the error's subject, and those before it stay deployed.
    [[nodiscard]] virtual Reply<Deployment> deploy(const DeploymentRequest &request,
                                                   std::stop_token stop) = 0;

    /// \a event is JSON text. A failed function is a result like any other, in its outcome.
    [[nodiscard]] virtual Reply<Invocation>
    invoke(const std::string &function, const std::string &event, std::stop_token stop) = 0;

    /// The last \a limit lines, oldest first.
    [[nodiscard]] virtual Reply<std::vector<LogLine>> logs(const std::string &function, int limit,
                                                           std::stop_token stop) = 0;

    [[nodiscard]] virtual Reply<std::vector<DeployedFunction>> status(std::stop_token stop) = 0;

    [[nodiscard]] virtual Reply<> remove(const std::string &function, std::stop_token stop) = 0;

    [[nodiscard]] virtual bool canRollBack() const { return false; }
    /// Brings the version before back; ErrorCode::ControllerRefused where it cannot.
    [[nodiscard]] virtual Reply<> rollback(const std::string &function, std::stop_token stop);

Q_SIGNALS:
    /// While deploy() runs: \a item is done.
    void deployed(const runtime::DeploymentItem &item);
};

} // namespace runtime
