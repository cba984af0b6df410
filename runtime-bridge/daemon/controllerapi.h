#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/invoker.h"
#include "runtime-bridge/daemon/records.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace runtime {

/// What `edgewrightd serve --listen ADDRESS:PORT --auth-file FILE` says.
struct ControllerOptions {
    std::string listen = "127.0.0.1:3233";      ///< "ADDRESS:PORT" or "[::1]:PORT"; port 0: any.
    std::filesystem::path authFile;             ///< Made, with a new key, when it is missing.
    std::filesystem::path folder;               ///< Where the actions are kept: <runtime>/actions.
    std::chrono::milliseconds blocking{60'000}; ///< The longest wait for a result.
};

/// OpenWhisk's REST API over this runtime: actions, packages, activations with logs. An action is
/// an ordinary function of dialect openwhisk. Everything on the context's thread.
///
/// Apart from OpenWhisk: code that does not load is accepted for a new action (its invocations say
/// why, and so does the annotation "edgewright-fault"), but refused as a change of one that works.
class ControllerApi
{
public:
    ControllerApi(boost::asio::io_context &context, Invoker &invoker, Records &records,
                  ControllerOptions options);
    ~ControllerApi();

    /// Makes or reads the key, reads the actions, listens. Its address, "http://127.0.0.1:3233".
    /// ErrorCode::PortInUse, UsageInvalid (listen), FileUnreadable and FileUnwritable (auth,
    /// folder).
    [[nodiscard]] Result<std::string> start();
    void stop(); ///< See HttpServer::stop().

private:
    struct Private;
    std::shared_ptr<Private> d; ///< Shared with invocations that nobody waits for any more.
};

} // namespace runtime
