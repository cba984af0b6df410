#include "app/ide/deviceedits.h"
#include "app/ide/devicefolder.h"
#include "app/ide/devicepage.h"
#include "app/ide/devicevisit.h"
#include "app/ide/mainwindow.h"
#include "app/ide/messagebar.h"
#include "app/ide/navigator.h"
#include "app/ide/terminalpanel.h"
#include "editor/ui/editortabs.h"
#include "runtime-bridge/base/statefolder.h"

#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QStatusBar>

namespace app {

namespace {

/// Asks before \a act is done, which cannot be taken back. Returns at once.
void askBefore(QWidget *window, const QString &title, const QString &question,
               const QString &consequence, const QString &yes, std::function<void()> act)
{
    auto *box = new QMessageBox(window);
    box->setObjectName(QStringLiteral("deviceBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(title);
    box->setText(question);
    box->setInformativeText(consequence);
    const QPushButton *does = box->addButton(yes, QMessageBox::DestructiveRole);
    box->setDefaultButton(box->addButton(QMessageBox::Cancel));
    QObject::connect(does, &QPushButton::clicked, box, [act = std::move(act)] { act(); });
    box->open();
}

} // namespace

void MainWindow::openDevice(const QString &name)
{
    DeviceHub &devices = m_workbench->devices();
    if (!devices.link(name))
        return;
    if (!m_devicePage || m_devicePage->device() != name) {
        closeDevice();
        m_devicePage = new DevicePage(std::make_unique<DeviceVisit>(&devices, name),
                                      std::make_unique<DeviceFolder>(&devices, name), this);
        m_centre->addWidget(m_devicePage);
        connect(m_devicePage, &DevicePage::terminalRequested, this, &MainWindow::openTerminal);
        connect(m_devicePage, &DevicePage::connectRequested, &devices, &DeviceHub::connectDevice);
        connect(m_devicePage, &DevicePage::editRequested, m_deviceEdits, &DeviceEdits::open);
        connect(m_devicePage, &DevicePage::failed, this, &MainWindow::onFailed);
        connect(m_devicePage, &DevicePage::restartRequested, this, &MainWindow::askToRestart);
        connect(m_devicePage, &DevicePage::removeRequested, this, &MainWindow::askToForget);
        connect(m_devicePage, &DevicePage::closeRequested, this, &MainWindow::closeDevice);
    }
    m_centre->setCurrentWidget(m_devicePage);
    devices.connectDevice(name);
}

void MainWindow::openDeviceFiles(const QString &name)
{
    openDevice(name);
    if (m_devicePage)
        m_devicePage->showFiles();
}

void MainWindow::createDeviceEdits()
{
    m_deviceEdits = new DeviceEdits(
        &m_workbench->devices(), m_tabs,
        QString::fromStdString((runtime::stateFolder() / "device-files").string()), this);
    connect(m_deviceEdits, &DeviceEdits::opened, this, &MainWindow::showFiles);
    connect(m_deviceEdits, &DeviceEdits::failed, this, &MainWindow::onFailed);
    connect(m_deviceEdits, &DeviceEdits::saved, this,
            [this](const QString &device, const QString &path) {
                statusBar()->showMessage(tr("Saved %1 on %2").arg(path, device), 4000);
            });
    connect(m_deviceEdits, &DeviceEdits::sent, this, [this] {
        if (m_isWaitingToClose)
            close();
    });
}

/// What devices have not got yet since the program ended before.
void MainWindow::offerUnsent()
{
    const std::vector<DeviceEdits::Unsent> unsent = m_deviceEdits->unsent();
    if (unsent.empty())
        return;
    QStringList names;
    for (const DeviceEdits::Unsent &each : unsent)
        names << each.device + QLatin1Char(':') + each.path;
    m_messages->show(
        {tr("Saved files have not reached their device"),
         tr("They are kept on this computer: %1. Open them to send them once the "
            "device is back.")
             .arg(names.join(QStringLiteral(", "))),
         tr("Open"),
         {}},
        [this, unsent] {
            for (const DeviceEdits::Unsent &each : unsent)
                openFile(each.copy);
        },
        MessageBar::Kind::Question);
}

void MainWindow::openTerminal(const QString &device)
{
    showBottom(TerminalTab);
    m_terminals->open(device);
}

void MainWindow::closeDevice()
{
    DevicePage *page = std::exchange(m_devicePage, nullptr);
    if (!page)
        return;
    const bool wasShown = m_centre->currentWidget() == page;
    page->disconnect(this);
    m_centre->removeWidget(page);
    page->deleteLater(); // this may be one of its signals
    if (wasShown)
        showFiles();
}

void MainWindow::askToRestart(const QString &device)
{
    askBefore(this, tr("Restart the device"), tr("Restart %1?").arg(device),
              tr("What runs on it ends. Functions with triggers start with it again, and the "
                 "connection comes back by itself."),
              tr("Restart"), [this, device] { m_workbench->devices().restart(device); });
}

void MainWindow::askToForget(const QString &device)
{
    askBefore(this, tr("Remove the device"), tr("Remove %1 from the list?").arg(device),
              tr("Its runtime and functions go on there; to end them, remove the runtime first. "
                 "Readings on this computer stay."),
              tr("Remove"), [this, device] { m_workbench->devices().remove(device); });
}

void MainWindow::connectDevicePage()
{
    connect(m_navigator, &Navigator::openedId, this, [this](const QString &id) {
        const QString prefix = QStringLiteral("target:device:");
        if (id.startsWith(prefix))
            openDevice(id.mid(prefix.size()));
    });
    connect(m_terminals, &TerminalPanel::openRequested,
            m_actions[QStringLiteral("device.terminal")], &QAction::trigger);
    connect(&m_workbench->devices(), &DeviceHub::restarting, this, [this](const QString &device) {
        m_messages->show({tr("%1 restarts").arg(device),
                          tr("The connection comes back by itself once it has started."),
                          {},
                          {}},
                         {}, MessageBar::Kind::Notice);
    });
}

} // namespace app
