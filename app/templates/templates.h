#pragma once

#include "runtime-bridge/base/error.h"

#include <QString>

#include <vector>

namespace app {

/// An application that one can begin with.
struct Template {
    QString name; ///< "night-light"
    QString description;
};

[[nodiscard]] const std::vector<Template> &templates();

/// Writes the files of template \a name below \a folder, which is made; what they are, relative to
/// it. Files of the same names are replaced: ask before. ErrorCode::UsageInvalid: no such template.
[[nodiscard]] runtime::Result<std::vector<QString>> writeTemplate(const QString &name,
                                                                  const QString &folder);

} // namespace app
