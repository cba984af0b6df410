#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Bytes as text.
namespace runtime {

[[nodiscard]] std::string toBase64(std::string_view bytes);
/// Nothing when \a text is no base64; white space is allowed.
[[nodiscard]] std::optional<std::string> fromBase64(std::string_view text);

/// Well-formed UTF-8 (RFC 3629).
[[nodiscard]] bool isUtf8(std::string_view bytes);

} // namespace runtime
