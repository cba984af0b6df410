#pragma once

#include "runtime-bridge/base/error.h"

#include <QString>

namespace app {

/// Writes the sample application, a light sensor and a lamp, into \a folder. Leaves files that are
/// there already as they are.
[[nodiscard]] runtime::Result<> copySample(const QString &folder);

} // namespace app
