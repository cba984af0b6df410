#include "app/ide/debugpanel.h"
#include "app/ide/finddevices.h"
#include "app/ide/fleetview.h"
#include "app/ide/invocationsview.h"
#include "app/ide/logview.h"
#include "app/ide/mainwindow.h"
#include "app/ide/messagebar.h"
#include "app/ide/navigator.h"
#include "app/ide/problemsview.h"
#include "app/ide/removalbox.h"
#include "app/ide/runbar.h"
#include "app/ide/welcome.h"
#include "device-manager/core/simulatedpi.h"
#include "device-manager/ui/simulatedpipanel.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editortabs.h"

#include <QStackedWidget>
#include <QTabWidget>

namespace app {

void MainWindow::connectEditor()
{
    connect(m_tabs, &editor::EditorTabs::failed, this, &MainWindow::onFailed);
    connect(m_tabs, &editor::EditorTabs::currentChanged, this, [this] {
        showFiles();
        followFunctionOf(m_tabs->currentPath());
        updateStatus();
    });
    connect(m_tabs, &editor::EditorTabs::cursorMoved, this, &MainWindow::updateStatus);
    connect(m_tabs, &editor::EditorTabs::fileOpened, this, &MainWindow::showDiagnostics);
    connect(m_tabs, &editor::EditorTabs::breakpointsChanged, this,
            [this](const QString &file, const QList<editor::Breakpoint> &breakpoints) {
                std::vector<runtime::Breakpoint> wanted;
                for (const editor::Breakpoint &breakpoint : breakpoints)
                    wanted.push_back({.line = breakpoint.line,
                                      .enabled = breakpoint.enabled,
                                      .condition = breakpoint.condition,
                                      .hitCondition = breakpoint.hitCondition,
                                      .logMessage = breakpoint.logMessage,
                                      .reason = {}});
                m_workbench->debugger().setBreakpoints(file, wanted);
            });
    connect(m_welcome, &Welcome::openRequested, this, &MainWindow::askFolder);
    connect(m_welcome, &Welcome::newRequested, this, &MainWindow::askNew);
    connect(m_welcome, &Welcome::tourRequested, this, &MainWindow::tourRequested);
    connect(m_welcome, &Welcome::recentChosen, this, &MainWindow::openFolder);
    connect(m_problems, &ProblemsView::placeActivated, this,
            [this](const QString &file, int line, int column) { openFile(file, line, column); });
    connect(m_problems, &ProblemsView::countChanged, this, [this](int count) {
        m_bottom->setTabText(ProblemsTab,
                             count > 0 ? tr("Problems %1").arg(count) : tr("Problems"));
        updateStatus();
    });
}

void MainWindow::connectWorkbench()
{
    connect(m_runBar, &RunBar::functionChosen, m_workbench, &Workbench::setFunction);
    connect(m_runBar, &RunBar::eventChosen, m_workbench, &Workbench::setEvent);
    connect(m_runBar, &RunBar::targetChosen, m_workbench, &Workbench::setTarget);
    const std::pair<void (RunBar::*)(), const char *> buttons[] = {
        {&RunBar::runRequested, "run.run"},
        {&RunBar::debugRequested, "run.debug"},
        {&RunBar::putRequested, "run.put"},
        {&RunBar::stopRequested, "run.stop"}};
    for (const auto &[signal, id] : buttons)
        connect(m_runBar, signal, m_actions[QLatin1String(id)], &QAction::trigger);
    connect(m_workbench, &Workbench::selectionChanged, this, [this] {
        updateRunBar();
        watchTarget();
    });
    connect(m_workbench, &Workbench::targetsChanged, this, [this] {
        updateRunBar();
        updateNavigator();
        updateStatus();
    });
    connect(m_workbench, &Workbench::activityChanged, this, [this] {
        m_runBar->setActivity(m_workbench->activity(), m_workbench->isBusy());
        m_runBar->setStoppable(m_workbench->isStoppable());
    });
    connect(m_workbench, &Workbench::failed, this, &MainWindow::onFailed);
    connect(m_workbench, &Workbench::noted, m_log, &LogView::note);
    connect(m_workbench, &Workbench::invoked, this, [this](const runtime::Invocation &invocation) {
        // Its row came or comes by the stream; a controller has no stream.
        if (m_workbench->target().kind == Target::Kind::Controller)
            m_invocations->model()->add({invocation});
        if (invocation.outcome != runtime::Outcome::Result)
            showBottom(InvocationsTab);
    });
    connect(&m_workbench->project(), &Project::problemsChanged, this, [this] {
        m_problems->setProblems(QStringLiteral("application"), m_workbench->project().problems());
        if (!m_workbench->project().problems().empty())
            showBottom(ProblemsTab);
        showDiagnostics();
    });
    connect(&m_workbench->project(), &Project::changed, this, &MainWindow::updateNavigator);
    connect(&m_workbench->local(), &LocalRunner::stateChanged, this,
            &MainWindow::tellRuntimeIsBack);
    connect(&m_workbench->local(), &LocalRunner::functionsChanged, this, [this] {
        updateNavigator();
        showLoadFailures();
    });
    connect(&m_workbench->local(), &LocalRunner::servingChanged, this, &MainWindow::updateRunBar);
    connect(m_navigator, &Navigator::activatedId, this, &MainWindow::onNavigated);
    connect(m_navigator, &Navigator::menuRequested, this, &MainWindow::showTargetMenu);
}

void MainWindow::connectTarget()
{
    connect(m_workbench, &Workbench::happened, this, &MainWindow::onHappened);
    m_invocationFlush.setSingleShot(true);
    m_invocationFlush.setInterval(40);
    connect(&m_invocationFlush, &QTimer::timeout, this,
            [this] { m_invocations->model()->add(std::exchange(m_newInvocations, {})); });
    connect(m_invocations, &InvocationsView::detailsWanted, this, [this](const QString &id) {
        const Target target = m_workbench->target();
        runtime::Client *client = target.kind == Target::Kind::Here
                                      ? m_workbench->local().client()
                                      : m_workbench->devices().client(target.name);
        if (!client)
            return;
        client->invocation(id.toStdString())
            .then(this, [this](const runtime::Result<runtime::Invocation> &invocation) {
                if (invocation)
                    m_invocations->showDetails(*invocation);
            });
    });
    connect(m_invocations, &InvocationsView::replayRequested, m_workbench, &Workbench::replay);
    connectCharts();
}

void MainWindow::connectDebugger()
{
    DebugRunner &debugger = m_workbench->debugger();
    m_debugPanel->setActions(
        {m_actions[QStringLiteral("debug.continue")], m_actions[QStringLiteral("debug.over")],
         m_actions[QStringLiteral("debug.in")], m_actions[QStringLiteral("debug.out")]});
    connect(m_debugPanel, &DebugPanel::placeActivated, this,
            [this](const QString &file, int line) { openFile(file, line); });
    connect(&debugger, &DebugRunner::sessionChanged, this, [this, &debugger] {
        if (!debugger.session())
            m_tabs->clearBreakpointStates();
        m_debugPanel->setSession(debugger.session());
        m_runBar->setStoppable(m_workbench->isStoppable());
    });
    connect(&debugger, &DebugRunner::stoppedAt, this, [this](const QString &file, int line) {
        m_centre->setCurrentWidget(m_tabs);
        m_tabs->showExecution(file, line);
        showBottom(DebugTab);
    });
    connect(m_tabs, &editor::EditorTabs::expressionHovered, this,
            [this, &debugger](const QString &path, const QString &expression) {
                runtime::DebugSession *session = debugger.session();
                if (!session || session->stack().empty())
                    return;
                session->evaluate(expression, session->stack().front().id)
                    .then(this, [this, path,
                                 expression](const runtime::Result<runtime::Variable> &value) {
                        if (editor::CodeEditor *code = m_tabs->editor(path); code && value)
                            code->showHover(expression,
                                            expression + QStringLiteral(" = ") + value->value);
                    });
            });
    connect(m_debugPanel, &DebugPanel::variablesShown, this, &MainWindow::showInlineValues);
    connect(&debugger, &DebugRunner::changed, this, [this, &debugger] {
        const bool stopped = debugger.session() &&
                             debugger.session()->state() == runtime::DebugSession::State::Stopped;
        for (const char *id : {"debug.continue", "debug.over", "debug.in", "debug.out"})
            m_actions[QLatin1String(id)]->setEnabled(stopped);
    });
    connect(&debugger, &DebugRunner::resumed, this, [this] {
        m_tabs->clearExecution();
        for (const QString &path : m_tabs->paths())
            m_tabs->editor(path)->setInlineValues({});
    });
    connect(&debugger, &DebugRunner::breakpointsVerified, this,
            [this](const QString &file, const std::vector<runtime::Breakpoint> &breakpoints) {
                for (const runtime::Breakpoint &breakpoint : breakpoints)
                    m_tabs->setBreakpointState(file, breakpoint.line,
                                               breakpoint.verified
                                                   ? editor::Breakpoint::State::Verified
                                                   : editor::Breakpoint::State::Unbound,
                                               breakpoint.reason);
            });
}

void MainWindow::connectDevices()
{
    connect(&m_workbench->devices(), &DeviceHub::simulatedChanged, this, [this] {
        device::SimulatedPi *pi = m_workbench->devices().simulatedPi();
        m_simulatedPi->setVisible(pi != nullptr);
        if (!pi)
            return;
        m_simulatedPi->setAmbient(pi->ambientLux());
        m_simulatedPi->setCovered(pi->isCovered());
        m_simulatedPi->setLamp(pi->isLampOn());
        connect(pi, &device::SimulatedPi::ledChanged, m_simulatedPi,
                &device::SimulatedPiPanel::setLamp, Qt::UniqueConnection);
        connect(pi, &device::SimulatedPi::lightChanged, m_simulatedPi,
                [this](double ambient, bool covered) {
                    m_simulatedPi->setAmbient(ambient);
                    m_simulatedPi->setCovered(covered);
                });
    });
    connect(&m_workbench->devices(), &DeviceHub::fleetChanged, this,
            [this](const std::vector<device::FleetRow> &rows, bool isFinished) {
                m_fleet->setRows(rows);
                if (!std::exchange(m_isPushingToGroup, !isFinished)) {
                    m_bottom->setTabVisible(FleetTab, true);
                    showBottom(FleetTab);
                }
            });
    connect(&m_workbench->devices(), &DeviceHub::runtimeLookedAt, this,
            [this](const QString &name, const device::RuntimeHoldings &holdings) {
                if (holdings.isInstalled)
                    askToRemoveRuntime(this, name, holdings, [this, name] {
                        m_workbench->devices().removeRuntime(name);
                    });
                else
                    m_messages->show({tr("There is no runtime on %1").arg(name),
                                      tr("Connecting to it installs one."),
                                      {},
                                      {}},
                                     {}, MessageBar::Kind::Notice);
            });
    connect(&m_workbench->devices(), &DeviceHub::runtimeRemoved, this, [this](const QString &name) {
        m_messages->show({tr("The runtime of %1 is removed").arg(name),
                          tr("Nothing of it is left there. Connecting installs it again."),
                          {},
                          {}},
                         {}, MessageBar::Kind::Notice);
    });
    connect(m_simulatedPi, &device::SimulatedPiPanel::coverRequested, this, [this](bool covered) {
        if (device::SimulatedPi *pi = m_workbench->devices().simulatedPi())
            pi->setCovered(covered);
    });
    connect(m_simulatedPi, &device::SimulatedPiPanel::ambientRequested, this, [this](double lux) {
        if (device::SimulatedPi *pi = m_workbench->devices().simulatedPi())
            pi->setAmbientLux(lux);
    });
    connectFindDevices();
    connectDevicePage();
}

void MainWindow::connectFindDevices()
{
    connect(m_findDevices, &FindDevices::searchRequested, this, &MainWindow::findDevices);
    connect(m_findDevices, &FindDevices::addressRequested, this, [this] { askDevice(); });
    connect(m_findDevices, &FindDevices::addRequested, this,
            [this](const device::FoundDevice &found) {
                device::Device device;
                device.user = found.user.isEmpty() ? QStringLiteral("pi") : found.user;
                device.host = found.host;
                device.port = found.port;
                askDevice(device::toAddress(device), found.name);
            });
    connect(m_findDevices, &FindDevices::knownChosen, this, [this](const QString &name) {
        m_workbench->setTarget(QStringLiteral("device:") + name);
        m_workbench->devices().connectDevice(name);
    });
    connect(m_findDevices, &FindDevices::simulateRequested,
            m_actions[QStringLiteral("device.simulate")], &QAction::trigger);
    connect(m_findDevices, &FindDevices::closeRequested, this, [this] {
        m_workbench->devices().search().stop();
        showFiles();
    });
}

} // namespace app
