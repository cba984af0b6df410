#include "cmake/headers/jsontemplates.h"

namespace nlohmann {
template class basic_json<>;
namespace detail {
template class serializer<json>;
}
} // namespace nlohmann
