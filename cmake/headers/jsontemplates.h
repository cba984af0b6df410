#pragma once

#include <nlohmann/json.hpp>

// Compiled once, by json_source.cpp, and not by every file that uses them.
namespace nlohmann {
extern template class basic_json<>;
namespace detail {
using TextAdapter = iterator_input_adapter<std::string::const_iterator>;
extern template class serializer<json>;
extern template class lexer<json, TextAdapter>;
extern template class parser<json, TextAdapter>;
extern template class json_sax_dom_parser<json>;
extern template class json_sax_dom_callback_parser<json>;
} // namespace detail
} // namespace nlohmann
