#pragma once

#include "runtime-bridge/daemon/httppass.h"
#include "runtime-bridge/daemon/serviceexchange.h"
#include "runtime-bridge/daemon/wake.h"

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/serializer.hpp>

#include <array>
#include <memory>
#include <string>

namespace runtime {

/// Passes a client's request on to a service and its answer back, both as they come: bodies of any
/// length, server-sent events, upgraded connections (WebSocket, h2c). What belongs to one
/// connection (RFC 9110, 7.6.1) stays on it; X-Forwarded-* tell the service of the client.
class ProxyExchange final : public ServiceExchange
{
public:
    /// \a target: path and query as the service is to see them; \a prefix: what was taken away
    /// before them. \a id goes back as X-Invocation-Id.
    ProxyExchange(boost::asio::io_context &io, HttpPass &pass, const HttpRequest &request,
                  std::string target, std::string prefix, std::string id);
    ~ProxyExchange() override;

    [[nodiscard]] Result<std::string> run(const boost::asio::ip::tcp::endpoint &address,
                                          const std::function<void()> &answering,
                                          boost::asio::yield_context yield) override;
    void stop() override;

    /// Whether the client got the head of an answer.
    [[nodiscard]] bool hasAnswered() const { return m_hasAnswered; }

private:
    using Body = boost::beast::http::buffer_body;
    using Error = boost::system::error_code;

    [[nodiscard]] boost::beast::http::request<Body> serviceRequest() const;
    void sendBody(boost::asio::yield_context yield);
    Error readHead(boost::asio::yield_context yield);
    Error passBody(boost::asio::yield_context yield);
    std::string passUpgraded(boost::asio::yield_context yield);
    void watchClient();
    void finishBody(boost::asio::yield_context yield);
    [[nodiscard]] std::string result(std::uint64_t bytes) const;

    boost::asio::io_context &m_io;
    HttpPass &m_pass;
    const HttpRequest &m_request;
    std::string m_target, m_prefix, m_id;
    HttpStream m_service;
    boost::beast::flat_buffer m_buffer; ///< Of the service.
    std::unique_ptr<boost::beast::http::request_parser<Body>> m_clientBody;
    std::unique_ptr<boost::beast::http::request<Body>> m_head;
    std::unique_ptr<boost::beast::http::request_serializer<Body>> m_sender;
    std::unique_ptr<boost::beast::http::response_parser<Body>> m_answer;
    Wake m_changed;
    std::uint64_t m_received = 0;
    bool m_isUpgrade = false;
    bool m_bodyDone = true;
    bool m_bodyWhole = true; ///< The request was read to its end.
    bool m_hasAnswered = false;
    bool m_clientGone = false;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace runtime
