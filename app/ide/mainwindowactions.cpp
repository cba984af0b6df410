#include "app/ide/commandpalette.h"
#include "app/ide/debugrunner.h"
#include "app/ide/finddevices.h"
#include "app/ide/mainwindow.h"
#include "app/ide/messagebar.h"
#include "app/ide/theme.h"
#include "app/templates/templates.h"
#include "device-manager/core/simulatedpi.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editortabs.h"

#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QInputDialog>
#include <QMenuBar>
#include <QStackedWidget>
#include <QTabWidget>
#include <QUrl>

namespace app {

void MainWindow::createActions()
{
    m_actions.add(
        QStringLiteral("file.open"), tr("Open folder…"), [this] { askFolder(); },
        QKeySequence(Qt::CTRL | Qt::Key_O), QStringLiteral("folder-open"));
    m_actions.add(
        QStringLiteral("file.new"), tr("New from template…"), [this] { askNew(); },
        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), QStringLiteral("document-new"));
    m_actions.add(QStringLiteral("file.application"), tr("Open application file"), [this] {
        if (m_workbench->project().isOpen())
            openFile(m_workbench->project().file());
    });
    m_actions.add(
        QStringLiteral("file.quit"), tr("Quit"), [this] { close(); }, QKeySequence::Quit);
    const std::pair<const char *, const char *> icons[] = {{"editor.save", "document-save"},
                                                           {"editor.saveAll", "document-save-all"},
                                                           {"editor.find", "edit-find"}};
    for (QAction *action : m_tabs->actions())
        m_actions.adopt(action);
    for (const auto &[id, icon] : icons)
        m_actions.setIcon(QLatin1String(id), QLatin1String(icon));
    m_actions.add(
        QStringLiteral("view.palette"), tr("Command palette…"),
        [this] { m_palette->open(m_actions.all()); },
        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P));
    m_actions.add(QStringLiteral("view.light"), tr("Light theme"),
                  [this] { setTheme(ThemeChoice::Light); });
    m_actions.add(QStringLiteral("view.dark"), tr("Dark theme"),
                  [this] { setTheme(ThemeChoice::Dark); });
    m_actions.add(QStringLiteral("view.system"), tr("Theme of the system"),
                  [this] { setTheme(ThemeChoice::System); });
    const std::pair<const char *, QString> tabs[] = {{"view.problems", tr("Show problems")},
                                                     {"view.log", tr("Show log")},
                                                     {"view.invocations", tr("Show invocations")},
                                                     {"view.debug", tr("Show debug")},
                                                     {"view.terminal", tr("Show terminal")}};
    for (int i = 0; i < int(std::size(tabs)); ++i)
        m_actions.add(
            QLatin1String(tabs[i].first), tabs[i].second,
            [this, i] { m_bottom->setCurrentIndex(i); },
            QKeySequence(Qt::ALT | Qt::Key(Qt::Key_1 + i)));
    createRunActions();
    m_actions.add(QStringLiteral("help.tour"), tr("Take the tour"),
                  [this] { Q_EMIT tourRequested(); });
}

void MainWindow::createRunActions()
{
    m_actions.add(
        QStringLiteral("run.run"), tr("Run"),
        [this] {
            if (saveBefore()) {
                showBottom(InvocationsTab);
                m_workbench->run();
            }
        },
        QKeySequence(Qt::Key_F5), QStringLiteral("media-playback-start"));
    m_actions.add(
        QStringLiteral("run.debug"), tr("Debug"),
        [this] {
            if (saveBefore()) {
                showBottom(DebugTab);
                m_workbench->debug();
            }
        },
        QKeySequence(Qt::CTRL | Qt::Key_F5), QStringLiteral("debug-run"));
    m_actions.add(
        QStringLiteral("run.put"), tr("Serve, push or deploy"),
        [this] {
            if (saveBefore()) {
                showBottom(m_workbench->target().kind == Target::Kind::Controller ? LogTab
                                                                                  : InvocationsTab);
                m_workbench->put();
            }
        },
        QKeySequence(Qt::Key_F6), QStringLiteral("cloud-upload"));
    m_actions.add(
        QStringLiteral("run.stop"), tr("Stop"), [this] { m_workbench->stop(); },
        QKeySequence(Qt::SHIFT | Qt::Key_F5), QStringLiteral("media-playback-stop"));
    const auto step = [this](const char *id, const QString &text,
                             void (runtime::DebugSession::*order)(), const QKeySequence &keys,
                             const char *icon) {
        QAction *action = m_actions.add(
            QLatin1String(id), text,
            [this, order] {
                if (runtime::DebugSession *session = m_workbench->debugger().session())
                    (session->*order)();
            },
            keys, QLatin1String(icon));
        action->setEnabled(false);
    };
    step("debug.continue", tr("Continue"), &runtime::DebugSession::resume, QKeySequence(Qt::Key_F8),
         "media-playback-start");
    step("debug.over", tr("Step over"), &runtime::DebugSession::stepOver, QKeySequence(Qt::Key_F10),
         "debug-step-over");
    step("debug.in", tr("Step in"), &runtime::DebugSession::stepIn, QKeySequence(Qt::Key_F11),
         "debug-step-into");
    step("debug.out", tr("Step out"), &runtime::DebugSession::stepOut,
         QKeySequence(Qt::SHIFT | Qt::Key_F11), "debug-step-out");
    // F9 itself belongs to the editor's own action.
    m_actions.add(QStringLiteral("debug.breakpoint"), tr("Toggle breakpoint\tF9"), [this] {
        if (editor::CodeEditor *code = m_tabs->currentEditor())
            code->toggleBreakpoint(code->cursorLine());
    });
    m_actions.add(
        QStringLiteral("device.simulate"), tr("Start a simulated Pi"),
        [this] { m_workbench->devices().simulate(); }, {}, QStringLiteral("computer"));
    m_actions.add(QStringLiteral("device.cover"), tr("Cover or uncover the light sensor"), [this] {
        if (device::SimulatedPi *pi = m_workbench->devices().simulatedPi())
            pi->setCovered(!pi->isCovered());
    });
    m_actions.add(
        QStringLiteral("device.find"), tr("Find devices…"), [this] { findDevices(); }, {},
        QStringLiteral("edit-find"));
    m_actions.add(
        QStringLiteral("device.open"), tr("Open device page"),
        [this] {
            if (const Target target = m_workbench->target(); target.kind == Target::Kind::Device)
                openDevice(target.name);
            else
                findDevices();
        },
        {}, QStringLiteral("computer"));
    m_actions.add(
        QStringLiteral("device.terminal"), tr("Open a terminal on the device"),
        [this] {
            if (const Target target = m_workbench->target(); target.kind == Target::Kind::Device)
                openTerminal(target.name);
            else
                m_messages->show({tr("The target is no device"),
                                  tr("Choose the device in the run bar or at the left first."),
                                  {},
                                  {}},
                                 {}, MessageBar::Kind::Notice);
        },
        {}, QStringLiteral("utilities-terminal"));
    m_actions.add(
        QStringLiteral("device.files"), tr("Show the files of the device"),
        [this] {
            if (const Target target = m_workbench->target(); target.kind == Target::Kind::Device)
                openDeviceFiles(target.name);
            else
                findDevices();
        },
        {}, QStringLiteral("document-open-folder"));
    m_actions.add(
        QStringLiteral("device.add"), tr("Add device…"), [this] { askDevice(); }, {},
        QStringLiteral("list-add"));
}

void MainWindow::createMenus()
{
    const auto menu = [this](const QString &title, const QStringList &ids) {
        QMenu *made = menuBar()->addMenu(title);
        for (const QString &id : ids)
            id.isEmpty() ? made->addSeparator() : (made->addAction(m_actions[id]), nullptr);
        return made;
    };
    const auto ids = [](const char *text) {
        return QString::fromLatin1(text).split(QLatin1Char(' '));
    };
    menu(tr("&File"), ids("file.open file.new file.application  editor.save editor.saveAll "
                          "editor.close  file.quit"));
    menu(tr("&Edit"), ids("editor.find editor.replace editor.findNext editor.findPrevious"));
    menu(tr("&View"), ids("view.palette  view.problems view.log view.invocations view.debug "
                          "view.terminal  view.light view.dark view.system"));
    menu(tr("&Run"), ids("run.run run.debug run.put run.stop  debug.breakpoint debug.continue "
                         "debug.over debug.in debug.out"));
    menu(tr("&Devices"), ids("device.find device.add device.open device.files device.terminal  "
                             "device.simulate device.cover"));
    menu(tr("&Help"), ids("help.tour"));
}

void MainWindow::askFolder()
{
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("Open folder"), m_workbench->project().folder());
    if (!folder.isEmpty())
        openFolder(folder);
}

void MainWindow::askNew()
{
    QStringList choices;
    for (const Template &item : templates())
        choices << tr("%1 – %2").arg(item.name, item.description);
    bool accepted = false;
    const QString choice = QInputDialog::getItem(this, tr("New from template"), tr("Begin with"),
                                                 choices, 0, false, &accepted);
    if (!accepted)
        return;
    const QString name = templates()[std::size_t(choices.indexOf(choice))].name;
    const QString folder = QFileDialog::getSaveFileName(this, tr("Folder of the new application"),
                                                        QDir::home().filePath(name));
    if (folder.isEmpty())
        return;
    if (QDir(folder).exists() && !QDir(folder).isEmpty())
        onFailed(
            {runtime::ErrorCode::FileUnwritable, folder.toStdString(), "the folder is not empty"});
    else if (const auto written = writeTemplate(name, folder); !written)
        onFailed(written.error());
    else
        openFolder(folder);
}

void MainWindow::findDevices()
{
    m_centre->setCurrentWidget(m_findDevices);
    m_workbench->devices().startSearch();
}

void MainWindow::askDevice(const QString &beginning, const QString &name)
{
    bool accepted = false;
    const QString address = QInputDialog::getText(
        this, tr("Add device"), tr("User and address of the device, such as pi@porch.local"),
        QLineEdit::Normal, beginning, &accepted);
    if (!accepted || address.isEmpty())
        return;
    runtime::Result<device::Device> parsed = device::deviceFromAddress(address);
    if (!parsed) {
        onFailed(parsed.error());
        return;
    }
    parsed->name = m_workbench->devices().freeName(
        name.isEmpty() ? parsed->host.section(QLatin1Char('.'), 0, 0) : name, *parsed);
    m_workbench->devices().add(*parsed);
    m_workbench->setTarget(QStringLiteral("device:") + parsed->name);
    m_workbench->devices().connectDevice(parsed->name);
}

void MainWindow::setTheme(ThemeChoice choice)
{
    m_settings->set(setting::theme, int(choice));
    Theme::instance().apply(choice);
}

bool MainWindow::saveBefore()
{
    return m_tabs->saveAll();
}

} // namespace app
