#pragma once

#include <QTreeWidget>

class QGridLayout;

namespace device {
struct HealthSample;
struct TestPoint;
} // namespace device

namespace app {

class DeviceVisit;

/// A table that is as high as its rows, for a page that scrolls as a whole.
class PageTable : public QTreeWidget
{
public:
    PageTable(const QString &name, const QStringList &heads, QWidget *parent);

protected:
    /// The row, made when it is missing.
    QTreeWidgetItem *row(int number);
    /// Takes away what comes after \a count rows, and fits the height.
    void setRows(int count);
};

/// The functions of a device: version, state, and what each last gave.
class DeviceFunctions final : public PageTable
{
    Q_OBJECT

public:
    explicit DeviceFunctions(QWidget *parent);
    void show(const DeviceVisit &visit);
};

/// The busiest processes of a device.
class DeviceProcesses final : public PageTable
{
    Q_OBJECT

public:
    explicit DeviceProcesses(QWidget *parent);
    void show(const device::HealthSample &sample);
};

/// The device test: a mark, what was looked at, what was found, and the remedy beside it.
class DeviceChecklist final : public QWidget
{
    Q_OBJECT

public:
    explicit DeviceChecklist(QWidget *parent);
    void show(const std::vector<device::TestPoint> &points);

private:
    QGridLayout *m_grid;
    QString m_shown; ///< What was asked for last, to build the rows only when it changes.
};

} // namespace app
