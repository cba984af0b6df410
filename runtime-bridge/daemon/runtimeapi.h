#pragma once

#include "runtime-bridge/daemon/httpserver.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/daemon/workerconversation.h"

#include <memory>
#include <optional>
#include <string>

namespace runtime {

/// The AWS Lambda Runtime API (2018-06-01) for one worker: the process polls us for its next
/// invocation and posts what came of it. The API knows no credentials, so each worker has a port of
/// its own on loopback, which only processes of the same user reach.
///
/// The function counts as loaded when its process asks for the first invocation.
class RuntimeApi final : public WorkerConversation,
                         private HttpPasser,
                         public std::enable_shared_from_this<RuntimeApi>
{
public:
    explicit RuntimeApi(boost::asio::io_context &io);
    ~RuntimeApi() override;

    /// Listens: the value of AWS_LAMBDA_RUNTIME_API, "127.0.0.1:43211".
    [[nodiscard]] Result<std::string> start();

    void load(const WorkerTask &task, const std::map<std::string, std::string> &environment,
              Listener &listener, boost::asio::yield_context yield) override;
    void invoke(const WorkerCall &call, boost::asio::yield_context yield) override;
    void close() override;

private:
    struct Pending {
        std::string id;
        std::string event;
        Trace trace;
        std::int64_t deadlineMs = 0;
    };

    HttpResponse answer(const HttpRequest &request, boost::asio::yield_context yield);
    HttpResponse next(boost::asio::yield_context yield);
    HttpResponse onInitError(const HttpRequest &request);
    HttpResponse onAnswered(const HttpRequest &request, const std::string &id, bool isError);
    HttpResponse onStreamed(HttpRequest request, const std::string &id,
                            boost::asio::yield_context yield);
    /// Passes on what came of a streamed answer. False: nobody takes it any more.
    bool give(std::string bytes, boost::asio::yield_context yield);
    void endStream();
    bool takes(const HttpRequest & /*request*/) override { return false; }
    std::optional<HttpResponse> pass(HttpPass & /*pass*/, HttpRequest /*request*/,
                                     boost::asio::yield_context /*yield*/) override
    {
        return std::nullopt;
    }
    bool streams(const HttpRequest &request) override;
    void finish(WorkerAnswer answer);

    boost::asio::io_context &m_io;
    std::unique_ptr<HttpServer> m_server;
    Listener *m_listener = nullptr;
    std::string m_root, m_arn;
    std::optional<Pending> m_pending; ///< Waits to be polled.
    std::string m_running;            ///< The invocation the process has.
    CallStream *m_stream = nullptr;   ///< Of that invocation.
    Wake m_changed;
    std::uint64_t m_polls = 0;
    bool m_loaded = false;
    bool m_closed = false;
};

} // namespace runtime
