#pragma once

#include "runtime-bridge/daemon/httppass.h"
#include "runtime-bridge/daemon/sharedtimer.h"
#include "runtime-bridge/daemon/wake.h"

#include <boost/beast/http/buffer_body.hpp>

#include <memory>
#include <string>

namespace runtime {

/// The status line and the headers that are the handler's, to be followed by the server's own.
[[nodiscard]] std::string httpHeadOf(const HttpResponse &response);

/// The next bytes of a body that streams; none at its end.
[[nodiscard]] Result<std::string> readPart(boost::asio::io_context &io, HttpClient &client,
                                           boost::asio::yield_context yield);

/// A server's connection as the handlers of its requests see it. Between two requests nothing of it
/// is under way.
class HttpConnection final : public HttpClient, public std::enable_shared_from_this<HttpConnection>
{
public:
    using HeadParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    /// All outlive the connection's requests. \a deadline cancels what \a stream does.
    HttpConnection(boost::asio::io_context &io, HttpStream &stream,
                   boost::beast::flat_buffer &buffer, SharedTimer::Deadline &deadline,
                   const HttpLimits &limits);

    /// The next request is \a request.
    void start(const HttpRequest &request, bool keepAlive);
    /// Its body is not read yet; \a parser has read its head.
    void setBody(HeadParser &&parser);
    /// Whether start() was followed by anything that finish() has to end.
    [[nodiscard]] bool isUsed() const { return m_hasBegun || m_body; }
    [[nodiscard]] bool isBodyWhole() const { return !m_body || m_body->is_done(); }
    /// Sends the rest of what was begun and ends what is under way. Whether the connection may take
    /// another request.
    [[nodiscard]] bool finish(boost::asio::yield_context yield);

    void begin(const HttpResponse &head) override;
    void write(std::string bytes) override;
    [[nodiscard]] bool hasBegun() const override { return m_hasBegun; }
    [[nodiscard]] bool isFull() const override;
    void breakOff() override { m_isBroken = m_hasBegun; }
    void read(std::function<void(Result<std::string>)> done) override;

private:
    using Error = boost::system::error_code;
    using BodyParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

    void send();
    void onSent(const Error &error);
    void readSome();
    void onRead(Error error);
    void watch();
    void leave();
    void rearm();
    void dropRest(const boost::asio::yield_context &yield);

    HttpStream &m_stream;
    boost::beast::flat_buffer &m_buffer;
    SharedTimer::Deadline &m_deadline;
    const HttpLimits &m_limits;
    Wake m_changed;
    std::unique_ptr<BodyParser> m_body; ///< Null: there is none to be read.
    std::string m_piece;                ///< Of the body, being read.
    std::function<void(Result<std::string>)> m_reader;
    std::string m_waiting, m_sending;
    std::chrono::milliseconds m_patience{}; ///< For each read and write.
    bool m_isReading = false;
    bool m_isWatching = false; ///< For the client to go.
    bool m_hasBegun = false;
    bool m_keepsAlive = false;
    bool m_isHead = false;
    bool m_isOld = false; ///< HTTP/1.0: no chunks.
    bool m_isBodiless = false;
    bool m_isBroken = false;
    bool m_isGone = false;
    bool m_wantsGoAhead = false; ///< It waits for "100 Continue".
};

} // namespace runtime
