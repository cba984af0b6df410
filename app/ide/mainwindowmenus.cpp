#include "app/ide/mainwindow.h"

#include <QInputDialog>
#include <QMenu>

// The menus of devices and their groups in the navigator.
namespace app {

void MainWindow::showTargetMenu(const QString &id, const QPoint &where)
{
    const QString groupPrefix = QStringLiteral("target:group:");
    if (id.startsWith(groupPrefix))
        return showGroupMenu(id.mid(groupPrefix.size()), where);
    const QString prefix = QStringLiteral("target:device:");
    if (!id.startsWith(prefix))
        return;
    const QString name = id.mid(prefix.size());
    DeviceHub &devices = m_workbench->devices();
    QMenu menu(this);
    menu.addAction(tr("Open"), this, [this, name] { openDevice(name); });
    menu.addAction(tr("Terminal"), this, [this, name] { openTerminal(name); });
    menu.addSeparator();
    if (devices.isOnline(name))
        menu.addAction(tr("Disconnect"), &devices,
                       [&devices, name] { devices.disconnectDevice(name); });
    else
        menu.addAction(tr("Connect"), &devices, [&devices, name] { devices.connectDevice(name); });
    addGroupsTo(menu, name);
    menu.addSeparator();
    menu.addAction(tr("Remove the runtime…"), &devices,
                   [&devices, name] { devices.lookAtRuntime(name); });
    menu.addAction(tr("Forget this device…"), this, [this, name] { askToForget(name); });
    menu.exec(where);
}

/// A device's groups with a check mark; another click takes it out.
void MainWindow::addGroupsTo(QMenu &menu, const QString &device)
{
    DeviceHub &hub = m_workbench->devices();
    QMenu *groups = menu.addMenu(tr("Groups"));
    for (auto it = hub.groups().begin(); it != hub.groups().end(); ++it) {
        const bool belongs = it->contains(device);
        QAction *action =
            groups->addAction(it.key(), &hub, [&hub, device, belongs, group = it.key()] {
                if (belongs)
                    hub.removeFromGroup(group, device);
                else
                    hub.addToGroup(group, device);
            });
        action->setCheckable(true);
        action->setChecked(belongs);
    }
    if (!hub.groups().isEmpty())
        groups->addSeparator();
    groups->addAction(tr("New group…"), this, [this, device] { askGroup(device); });
}

void MainWindow::askGroup(const QString &device)
{
    bool ok = false;
    const QString name = QInputDialog::getText(this, tr("New group"),
                                               tr("Name of a group that %1 belongs to").arg(device),
                                               QLineEdit::Normal, {}, &ok)
                             .trimmed();
    if (ok && !name.isEmpty())
        m_workbench->devices().addToGroup(name, device);
}

/// Push to all at once, or to one first, which the others follow when it holds.
void MainWindow::showGroupMenu(const QString &group, const QPoint &where)
{
    QMenu menu(this);
    menu.addAction(tr("Push to all"), m_workbench,
                   [this, group] { m_workbench->pushToGroup(group); });
    QMenu *first = menu.addMenu(tr("Push to one first"));
    for (const QString &device : m_workbench->devices().groups().value(group))
        first->addAction(device, m_workbench,
                         [this, group, device] { m_workbench->pushToGroup(group, device); });
    menu.exec(where);
}

} // namespace app
