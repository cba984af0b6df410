#pragma once

#include "runtime-bridge/base/bytetext.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The small forms of text that HTTP is made of.
namespace runtime {

[[nodiscard]] std::string toLower(std::string text); ///< ASCII only.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// "%20" and, in a query, '+' decoded; a broken escape stays as it is.
[[nodiscard]] std::string percentDecoded(std::string_view text, bool isQuery = false);
/// The pairs of "a=1&b=2" in their order.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> queryPairs(std::string_view query);

/// Whether name and value may stand in a message without changing its structure.
[[nodiscard]] bool isHeader(std::string_view name, std::string_view value);
/// Those that belong to the connection and not to the message: Content-Length, Connection, …
[[nodiscard]] bool isConnectionHeader(std::string_view name);

} // namespace runtime
