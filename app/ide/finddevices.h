#pragma once

#include "device-manager/core/founddevices.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QPushButton;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace device {
class DeviceSearch;
}

namespace app {

/// What a search for devices finds, as it comes; and what was asked, so that nobody has to guess
/// why a device is missing. Adds and connects nothing itself.
class FindDevices final : public QWidget
{
    Q_OBJECT

public:
    /// \a search outlives the view.
    explicit FindDevices(const device::DeviceSearch *search, QWidget *parent = nullptr);

    /// "Asked eth0 (10.77.0.0/24) by multicast DNS. …" for what was asked so far.
    [[nodiscard]] QString askedText() const;

Q_SIGNALS:
    void searchRequested();
    void addRequested(const device::FoundDevice &device);
    void knownChosen(const QString &name); ///< A device that the user made known before.
    void addressRequested();               ///< By hand.
    void simulateRequested();
    void closeRequested();

private:
    QWidget *createHead();
    QWidget *createFoot();
    QWidget *createEmpty();
    void showFound();
    void showDevice(QTreeWidgetItem *item, const device::FoundDevice &device);
    void choose();
    void updateButtons();
    [[nodiscard]] const device::FoundDevice *current() const;

    const device::DeviceSearch *m_search;
    QList<device::FoundDevice> m_devices; ///< Row by row.
    QLabel *m_status = nullptr;
    QLabel *m_asked = nullptr;
    QPushButton *m_again = nullptr;
    QPushButton *m_add = nullptr;
    QStackedWidget *m_pages = nullptr;
    QTreeWidget *m_list = nullptr;
    QWidget *m_waiting = nullptr, *m_empty = nullptr;
    QTimer m_refresh;
};

} // namespace app
