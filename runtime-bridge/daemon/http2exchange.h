#pragma once

#include "runtime-bridge/daemon/httppass.h"
#include "runtime-bridge/daemon/serviceexchange.h"

#include <string>

namespace runtime {

/// A whole HTTP/2 connection without TLS, passed to one service as it comes: gRPC and all else that
/// HTTP/2 carries. Its first request has chosen the service.
class Http2Exchange final : public ServiceExchange
{
public:
    /// \a pass: the client's first bytes are in its buffer; it has our settings already.
    Http2Exchange(boost::asio::io_context &io, HttpPass &pass);

    [[nodiscard]] Result<std::string> run(const boost::asio::ip::tcp::endpoint &address,
                                          const std::function<void()> &answering,
                                          boost::asio::yield_context yield) override;
    void stop() override;

private:
    boost::asio::io_context &m_io;
    HttpPass &m_pass;
    HttpStream m_service;
};

} // namespace runtime
