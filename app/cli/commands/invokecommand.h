#pragma once

#include "app/cli/functionchoice.h"
#include "app/cli/runtimecommand.h"
#include "runtime-bridge/controllers/controller.h"

#include <map>
#include <memory>

namespace app {

/// Invokes one function once: here from its source, on a device or a controller as it runs there.
/// The value on standard output, its log on standard error while it runs.
class InvokeCommand final : public RuntimeCommand
{
    Q_OBJECT

public:
    struct Options {
        std::string what;
        std::string event = "{}";
        SourceWishes wishes;
        std::string on;       ///< Empty: this computer.
        bool isAsync = false; ///< As a task: its id is the answer.
    };

    InvokeCommand(Output &output, Options options);
    void start() override;

private:
    void onReady(runtime::Client &client) override;
    void startThere(const Place &place);
    void invokeIt();
    void submitIt();
    void put(const std::vector<runtime::FunctionState> &present);
    void onNotLoaded(const runtime::Error &error);
    void onPut(const runtime::PutResult &put);
    void onHappened(const runtime::Happening &happening);
    void onInvoked(const runtime::Invocation &invocation);

    Options m_options;
    runtime::ApplicationFunction m_function;
    std::string m_bundle;
    runtime::PutResult m_put;
    std::unique_ptr<runtime::Subscription> m_subscription;
    std::unique_ptr<runtime::Controller> m_controller;
    std::map<std::string, std::size_t> m_shown; ///< Log lines said already, by invocation.
};

/// What `invoke --json` prints for \a invocation.
[[nodiscard]] std::string invocationObject(const runtime::Invocation &invocation);

/// Says how \a invocation ended, in the way of `invoke`, and gives the exit code. Log lines before
/// \a firstLine were said already. \a answersText: a string in the result is shown as it is.
[[nodiscard]] Exit showInvocation(Output &output, const runtime::Invocation &invocation,
                                  std::size_t firstLine = 0, bool answersText = false);

} // namespace app
