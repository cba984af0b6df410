#pragma once

#include <nlohmann/json.hpp>

// Compiled once, by json_source.cpp, and not by every file that uses them.
namespace nlohmann {
extern template class basic_json<>;
namespace detail {
extern template class serializer<json>;
}
} // namespace nlohmann
