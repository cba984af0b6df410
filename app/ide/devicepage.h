#pragma once

#include "runtime-bridge/base/error.h"

#include <QWidget>

#include <memory>

class QLabel;
class QPushButton;
class QStackedWidget;
class QTabBar;
class QVBoxLayout;

namespace device {
class MetricTile;
}

namespace app {

class DeviceChecklist;
class DeviceFilesPane;
class DeviceFolder;
class DeviceFunctions;
class DeviceProcesses;
class DeviceVisit;
class LogView;

/// One device: how it is, what runs on it, what it lacks, what its functions say. Orders nothing
/// itself.
class DevicePage final : public QWidget
{
    Q_OBJECT

public:
    DevicePage(std::unique_ptr<DeviceVisit> visit, std::unique_ptr<DeviceFolder> folder,
               QWidget *parent = nullptr);
    ~DevicePage() override;

    [[nodiscard]] QString device() const;
    void showFiles();
    [[nodiscard]] DeviceFilesPane &files() const { return *m_files; }

Q_SIGNALS:
    void terminalRequested(const QString &device);
    void editRequested(const QString &device, const QByteArray &path);
    void failed(const runtime::Error &error);
    void connectRequested(const QString &device);
    void restartRequested(const QString &device);
    void removeRequested(const QString &device);
    void closeRequested(); ///< By the user, or since the device was removed.

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    QWidget *createHead();
    QWidget *createBody();
    QWidget *createTiles();
    void createParts(std::unique_ptr<DeviceFolder> folder, QVBoxLayout *column);
    void addSection(QVBoxLayout *column, const QString &title, QWidget *content, QLabel *empty);
    void showDevice();
    void showFunctions();
    void showHealth();
    void showTiles();
    void applyColors();
    [[nodiscard]] QString aboutText() const;

    std::unique_ptr<DeviceVisit> m_visit;
    QTabBar *m_parts = nullptr;
    QStackedWidget *m_pages = nullptr;
    DeviceFilesPane *m_files = nullptr;
    QLabel *m_mark = nullptr;
    QLabel *m_status = nullptr;
    QLabel *m_about = nullptr;
    QPushButton *m_connect = nullptr;
    QPushButton *m_restart = nullptr;
    device::MetricTile *m_load = nullptr, *m_memory = nullptr, *m_temperature = nullptr,
                       *m_disk = nullptr;
    DeviceFunctions *m_functions = nullptr;
    DeviceProcesses *m_processes = nullptr;
    DeviceChecklist *m_test = nullptr;
    LogView *m_log = nullptr;
    QLabel *m_noFunctions = nullptr, *m_noProcesses = nullptr, *m_noTest = nullptr,
           *m_noLog = nullptr;
};

} // namespace app
