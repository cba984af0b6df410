#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace runtime {

/// How deep a value of others may be nested. What reads and writes values goes down into them, on
/// stacks of 256 KB: a text of brackets alone would end the process.
inline constexpr int deepestJson = 200;

/// The value of a text or of CBOR (RFC 8949) from outside; discarded (is_discarded()) when it is
/// neither, is nested deeper, or says sizes that cannot be. Never throws.
[[nodiscard]] nlohmann::json readJson(std::string_view text);
[[nodiscard]] nlohmann::json readCbor(std::string_view bytes);

/// Whether \a text is one that readJson() takes.
[[nodiscard]] bool isJson(std::string_view text);

} // namespace runtime
