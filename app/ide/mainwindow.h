#pragma once

#include "app/ide/actions.h"
#include "app/ide/chartfile.h"
#include "app/ide/savebox.h"
#include "app/ide/theme.h"
#include "app/ide/workbench.h"

#include <QMainWindow>

class QLabel;
class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace device {
class SimulatedPiPanel;
class WatchPane;
} // namespace device

namespace editor {
class CodeEditor;
class EditorTabs;
class RecoveryStore;
} // namespace editor

namespace app {

class CommandPalette;
class DebugPanel;
class DeviceEdits;
class DevicePage;
class FindDevices;
class FleetView;
class InvocationsView;
class LogView;
class MessageBar;
class Navigator;
class ProblemsView;
class RunBar;
class TerminalPanel;
class Welcome;

/// The window: lays out the views, makes the actions, and connects both to the workbench. Decides
/// nothing about functions or devices itself.
class MainWindow final : public QMainWindow
{
    Q_OBJECT

public:
    MainWindow(Workbench *workbench, Settings *settings);
    ~MainWindow() override;

    void openFolder(const QString &folder);
    /// Opens \a file at \a line (0: where it was); null and a message when it cannot be read.
    editor::CodeEditor *openFile(const QString &file, int line = 0, int column = 1);

    [[nodiscard]] Actions &actionList() { return m_actions; }
    [[nodiscard]] Workbench &workbench() { return *m_workbench; }
    [[nodiscard]] editor::EditorTabs &tabs() { return *m_tabs; }
    [[nodiscard]] device::WatchPane &watch() { return *m_watch; }
    [[nodiscard]] device::SimulatedPiPanel &simulatedPi() { return *m_simulatedPi; }
    [[nodiscard]] InvocationsView &invocations() { return *m_invocations; }
    [[nodiscard]] DebugPanel &debugPanel() { return *m_debugPanel; }
    [[nodiscard]] TerminalPanel &terminals() { return *m_terminals; }
    [[nodiscard]] MessageBar &messages() { return *m_messages; }

    /// Opens the page of a known device in place of the files, and connects to it.
    void openDevice(const QString &name);
    void openTerminal(const QString &device);
    void openDeviceFiles(const QString &name); ///< Of its page.
    void closeDevice();                        ///< Its page, if one is open.
    [[nodiscard]] DevicePage *devicePage() const { return m_devicePage; }

    enum BottomTab { ProblemsTab, LogTab, InvocationsTab, DebugTab, TerminalTab, FleetTab };
    void showBottom(BottomTab tab);

Q_SIGNALS:
    void tourRequested();

protected:
    void closeEvent(QCloseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    // mainwindow.cpp: the layout
    void createViews();
    void createLayout();
    void createStatusBar();
    void applyTheme();
    void restoreChoices();
    void restoreSession(); ///< The files of the open application that were open before.
    // mainwindowactions.cpp: what can be done
    void createActions();
    void createMenus();
    void createRunActions();
    // mainwindowconnections.cpp: who hears whom
    void connectEditor();
    void connectWorkbench();
    void connectTarget();
    void connectDebugger();
    void connectDevices();
    void connectFindDevices();
    // mainwindowdevices.cpp: the page of a device
    void connectDevicePage();
    void askToRestart(const QString &device);
    void askToForget(const QString &device);
    void createDeviceEdits();
    void offerUnsent();
    // mainwindowcharts.cpp: the charts and where their readings come from
    void connectCharts();
    void connectChartQuestions();
    void openCharts(const QString &folder);
    void showInvocation(const QString &id);
    // mainwindowcontents.cpp: what the views show
    void updateNavigator();
    void updateRunBar();
    void updateStatus();
    void onHappened(const runtime::Happening &happening);
    void onNavigated(const QString &id);
    void onFailed(const runtime::Error &error);
    void followFunctionOf(const QString &file);
    void watchTarget();
    void offerRecovered();
    void tellRuntimeIsBack();
    void showDiagnostics();
    void showLoadFailures();
    void showInlineValues(const QMap<QString, QString> &values);
    void showFiles(); ///< The editors, or the welcome page while there are none.
    void showGroupMenu(const QString &group, const QPoint &where);
    void addGroupsTo(QMenu &menu, const QString &device);
    void askGroup(const QString &device);
    void showTargetMenu(const QString &id, const QPoint &where);
    bool saveBefore();

    void askFolder();
    void askNew();
    void findDevices();
    /// \a address: what it begins with; \a name: what the device is to be called, else its host.
    void askDevice(const QString &address = QStringLiteral("pi@"), const QString &name = {});
    void setTheme(ThemeChoice choice);

    Workbench *m_workbench;
    Settings *m_settings;
    Actions m_actions;
    RunBar *m_runBar = nullptr;
    MessageBar *m_messages = nullptr;
    Navigator *m_navigator = nullptr;
    QStackedWidget *m_centre = nullptr;
    Welcome *m_welcome = nullptr;
    FindDevices *m_findDevices = nullptr;
    DevicePage *m_devicePage = nullptr; ///< Null while none is open.
    DeviceEdits *m_deviceEdits = nullptr;
    bool m_isWaitingToClose = false; ///< For what is on its way to a device.
    SaveBox m_saveBox{this};
    bool m_asking = false;
    bool m_closing = false; ///< Every file was closed: the window may go.
    editor::EditorTabs *m_tabs = nullptr;
    editor::RecoveryStore *m_recovery = nullptr;
    QTabWidget *m_bottom = nullptr;
    ProblemsView *m_problems = nullptr;
    FleetView *m_fleet = nullptr;
    bool m_isPushingToGroup = false;
    LogView *m_log = nullptr;
    InvocationsView *m_invocations = nullptr;
    DebugPanel *m_debugPanel = nullptr;
    TerminalPanel *m_terminals = nullptr;
    device::WatchPane *m_watch = nullptr;
    device::SimulatedPiPanel *m_simulatedPi = nullptr;
    QSplitter *m_columns = nullptr;
    QSplitter *m_middle = nullptr;
    CommandPalette *m_palette = nullptr;
    QLabel *m_runtimeStatus = nullptr;
    QLabel *m_targetStatus = nullptr;
    QLabel *m_cursorStatus = nullptr;
    QLabel *m_fileStatus = nullptr;
    QLabel *m_problemStatus = nullptr;
    QString m_runtimeLostTitle; ///< Of the message that says so.
    ChartFile m_chartFile;
    QString m_watched; ///< Target whose readings are shown.
    std::vector<runtime::Invocation> m_newInvocations;
    QTimer m_invocationFlush;
};

} // namespace app
