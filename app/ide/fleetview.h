#pragma once

#include "device-manager/core/fleetpush.h"

#include <QTreeWidget>

#include <vector>

namespace app {

/// The last push to several devices as a table: what each device got, and what became of it.
class FleetView final : public QTreeWidget
{
    Q_OBJECT

public:
    explicit FleetView(QWidget *parent = nullptr);

    void setRows(const std::vector<device::FleetRow> &rows);

private:
    void rebuild();

    std::vector<device::FleetRow> m_rows;
};

} // namespace app
