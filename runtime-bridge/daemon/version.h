#pragma once

namespace runtime {

inline constexpr const char *programVersion = EDGEWRIGHT_VERSION;

} // namespace runtime
