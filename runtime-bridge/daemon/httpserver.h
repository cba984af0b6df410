#pragma once

#include "runtime-bridge/base/error.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime {

class HttpClient;

/// A request whole, bounded by the server's limits.
struct HttpRequest {
    std::string method;                                       ///< As sent: "GET".
    std::string target;                                       ///< As sent: path and query.
    std::vector<std::pair<std::string, std::string>> headers; ///< Names in lower case.
    std::string body;
    std::string remoteAddress;
    std::string protocol; ///< "HTTP/1.1"
    /// Its connection while the handler runs, for an answer that streams; may be null.
    HttpClient *client = nullptr;
    bool bodyStreams = false; ///< \c body is empty: the client gives it.

    [[nodiscard]] std::string_view path() const;  ///< Of the target, still encoded.
    [[nodiscard]] std::string_view query() const; ///< Without '?'; may be empty.
    /// The first header of that lower-case name; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// An answer. Length and connection headers are the server's; what is no header by RFC 9110 (line
/// ends in a value) is left out.
struct HttpResponse {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

[[nodiscard]] HttpResponse textResponse(int status, std::string text);
[[nodiscard]] HttpResponse jsonResponse(int status, std::string json);

/// What a client may take of us.
struct HttpLimits {
    std::size_t header = 32u << 10;
    std::size_t body = 6'291'456;                 ///< As AWS Lambda takes it.
    std::chrono::milliseconds headerTime{30'000}; ///< Also how long a connection may idle.
    std::chrono::milliseconds bodyTime{60'000};   ///< The same again for the answer.
    std::size_t connections = 1'000;
    bool ownUserOnly = false; ///< Connections of other users of this machine are closed at once.
};

/// The connection that a request came by, for a body or an answer that streams. Its calls return at
/// once; it is used while the request's handler runs.
class HttpClient
{
public:
    virtual ~HttpClient() = default;

    /// Sends the head of the answer. Its body ends with the handler, whose own answer is dropped.
    virtual void begin(const HttpResponse &head) = 0;
    /// More of the body.
    virtual void write(std::string bytes) = 0;
    [[nodiscard]] virtual bool hasBegun() const = 0;
    /// More waits to be sent than should: write() again after onRoom.
    [[nodiscard]] virtual bool isFull() const = 0;
    /// What was begun, if anything, cannot be completed: the connection breaks off with the
    /// handler's end.
    virtual void breakOff() = 0;
    /// Gives the next bytes of the request's body, none at its end, an error when the client has
    /// gone or is too slow. One at a time; only where the request's body streams.
    virtual void read(std::function<void(Result<std::string>)> done) = 0;

    std::function<void()> onRoom; ///< No longer full.
    std::function<void()> onGone; ///< It has gone, as seen once the answer began.
};

struct HttpPass;

/// Passes single requests on to somebody else, before their bodies are read.
class HttpPasser
{
public:
    virtual ~HttpPasser() = default;

    /// Whether pass() is to have this request. \a request has no body yet.
    [[nodiscard]] virtual bool takes(const HttpRequest &request) = 0;
    /// Whether the handler is to have this one before its body, which is long or of unknown length.
    [[nodiscard]] virtual bool streams(const HttpRequest & /*request*/) { return false; }
    /// Answers it on the connection in \a pass; gives an answer to send only where none was begun.
    [[nodiscard]] virtual std::optional<HttpResponse> pass(HttpPass &pass, HttpRequest request,
                                                           boost::asio::yield_context yield) = 0;
};

/// An HTTP/1.1 server: keep-alive, everything bounded, each connection a coroutine on the context's
/// thread. Used by that thread alone, and destroyed when the context no longer runs or after every
/// handler came back.
class HttpServer
{
public:
    using Handler =
        std::function<HttpResponse(const HttpRequest &, boost::asio::yield_context yield)>;

    /// \a passer may be null.
    HttpServer(boost::asio::io_context &context, Handler handler, HttpLimits limits = {},
               HttpPasser *passer = nullptr);
    ~HttpServer(); ///< stop()

    /// Listens on \a host, an IP address; port 0: any. Gives "http://127.0.0.1:43211".
    /// ErrorCode::PortInUse when the port cannot be had, UsageInvalid when \a host is no address.
    [[nodiscard]] Result<std::string> start(const std::string &host, int port);

    /// No new connection; idle ones are closed, the others after the answer that is due.
    void stop();

private:
    struct Private;             // keeps Beast out of everyone's includes
    std::shared_ptr<Private> d; ///< Shared with the connections.
};

} // namespace runtime
