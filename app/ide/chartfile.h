#pragma once

#include "device-manager/core/chartarrangement.h"

namespace app {

/// The arrangement of an application's charts, kept with it in .edgewright/charts.json, which no
/// bundle takes along.
class ChartFile final
{
public:
    /// What the file of \a folder says; nothing arranged where there is none. A file that is not
    /// understood is an error, and is set aside with ".damaged" before another is written.
    [[nodiscard]] runtime::Result<device::ChartArrangement> open(const QString &folder);
    [[nodiscard]] runtime::Result<> save(const device::ChartArrangement &arrangement);

private:
    QString m_file; ///< Empty: no application is open.
    bool m_isDamaged = false;
};

} // namespace app
