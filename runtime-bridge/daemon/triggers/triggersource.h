#pragma once

#include "runtime-bridge/function/functionspec.h"
#include "runtime-bridge/protocol/messages.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace runtime {

class Children;
class QueueStore;

/// What the triggers of a runtime share.
struct TriggerServices {
    boost::asio::io_context &io;
    std::filesystem::path folder; ///< The runtime's.
    QueueStore *queues;           ///< Outlives every trigger.
    Children *children;           ///< As well.
};

/// The function that a trigger belongs to, as the trigger sees it.
struct TriggerContext {
    TriggerServices services;
    std::string function;
    std::string dialect;
    /// Values of the function's environment variables that its triggers name.
    std::map<std::string, std::string> secrets;
    int parallel = 1; ///< As many events at once as the function may have workers.
    /// Exactly one outcome. Also when the function goes meanwhile.
    std::function<Invocation(const InvokeRequest &, boost::asio::yield_context)> invoke;
    std::function<void()> changed; ///< The trigger's state is another one.
};

/// One armed trigger: makes events and gives them to its function.
///
/// Made, started once, frozen and thawed while a debugger holds the function, stopped once. What is
/// under way when it is stopped comes to its end and is heard of no more: coroutines and handlers
/// hold the source and look at isStopped() when they come back. Everything on the runtime's thread.
class TriggerSource : public std::enable_shared_from_this<TriggerSource>
{
public:
    explicit TriggerSource(TriggerContext context) : m_context(std::move(context)) {}
    virtual ~TriggerSource() = default;

    virtual void start() = 0;
    void stop();
    /// While frozen it makes no events; what comes meanwhile waits or is left out, as its kind can.
    void setFrozen(bool frozen);

    [[nodiscard]] TriggerState state() const;

protected:
    /// In words: "every 100 ms", "queue orders, 3 waiting".
    [[nodiscard]] virtual std::string words() const = 0;
    /// Whether it cannot do its work at present; words() says why.
    [[nodiscard]] virtual bool isFailing() const { return false; }
    virtual void onStop() {}
    virtual void onFrozen(bool) {}

    /// Gives \a event to the function and waits for what becomes of it. Counted. \a cause: who
    /// made the event happen, where that is known.
    Invocation fire(std::string event, const std::string &kind, boost::asio::yield_context yield,
                    const Trace &cause = {});
    void countOverruns(std::uint64_t count) { m_overruns += count; }
    void countError() { ++m_errors; }
    void tellChange() const;

    [[nodiscard]] bool isStopped() const { return m_stopped; }
    [[nodiscard]] bool isFrozen() const { return m_frozen; }
    [[nodiscard]] const TriggerContext &context() const { return m_context; }
    [[nodiscard]] boost::asio::io_context &io() const { return m_context.services.io; }

private:
    TriggerContext m_context;
    std::uint64_t m_events = 0, m_overruns = 0, m_errors = 0;
    bool m_stopped = false;
    bool m_frozen = false;
};

/// See TriggerContext.
[[nodiscard]] std::map<std::string, std::string> secretsOf(const FunctionSpec &spec);

/// The environment variables of which the function's triggers say that they hold secrets.
[[nodiscard]] std::vector<std::string> secretNamesOf(const FunctionSpec &spec);

/// The source of \a trigger, not started. Null for a kind that has none of its own: the gateway
/// serves http triggers.
[[nodiscard]] std::shared_ptr<TriggerSource> createTriggerSource(const Trigger &trigger,
                                                                 TriggerContext context);

} // namespace runtime
