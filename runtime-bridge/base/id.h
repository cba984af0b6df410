#pragma once

#include <string>

namespace runtime {

/// A new random id: 128 bits from the system's generator as 32 lower-case hexadecimal digits, the
/// form of a W3C trace id.
[[nodiscard]] std::string createId();

/// As createId(), but the first 12 digits are the milliseconds since 1970, as in UUID version 7
/// (RFC 9562), the other 80 bits random: ids made later are greater, which an index of them likes.
/// For what is made by the thousand; not for secrets, and unique as a whole only.
[[nodiscard]] std::string createSortableId();

} // namespace runtime
