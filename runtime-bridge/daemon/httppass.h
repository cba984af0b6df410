#pragma once

#include "runtime-bridge/daemon/httpserver.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <memory>
#include <optional>
#include <string_view>

/// What a server hands to those that pass requests on. Only for files that use Beast.
namespace runtime {

using HttpStream =
    boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// A connection whose next request has been read up to its body.
struct HttpPass {
    HttpStream &stream;
    boost::beast::flat_buffer &buffer; ///< What was read beyond the head.
    /// Null: the connection speaks HTTP/2 from its first byte, which is in \c buffer.
    boost::beast::http::request_parser<boost::beast::http::string_body> *parser;
    const HttpLimits &limits;
    bool keepAlive = false; ///< Out: the connection may take another request.
};

} // namespace runtime
