#include "cmake/headers/jsontemplates.h"

namespace nlohmann {
template class basic_json<>;
namespace detail {
template class serializer<json>;
template class lexer<json, TextAdapter>;
template class parser<json, TextAdapter>;
template class json_sax_dom_parser<json>;
template class json_sax_dom_callback_parser<json>;
} // namespace detail
} // namespace nlohmann
