#include "app/ide/mainwindow.h"

#include "app/ide/askbox.h"
#include "app/ide/commandpalette.h"
#include "app/ide/debugpanel.h"
#include "app/ide/deviceedits.h"
#include "app/ide/devicepage.h"
#include "app/ide/finddevices.h"
#include "app/ide/fleetview.h"
#include "app/ide/invocationsview.h"
#include "app/ide/logview.h"
#include "app/ide/messagebar.h"
#include "app/ide/navigator.h"
#include "app/ide/problemsview.h"
#include "app/ide/runbar.h"
#include "app/ide/terminalpanel.h"
#include "app/ide/theme.h"
#include "app/ide/welcome.h"
#include "device-manager/ui/simulatedpipanel.h"
#include "device-manager/ui/watchpane.h"
#include "editor/core/editorsession.h"
#include "editor/core/recoverystore.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editortabs.h"
#include "runtime-bridge/base/statefolder.h"

#include <QCloseEvent>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QVBoxLayout>

namespace app {

namespace {

editor::EditorTheme editorTheme(const Tokens &t)
{
    editor::EditorTheme theme = t.dark ? editor::EditorTheme::dark() : editor::EditorTheme::light();
    theme.surface = t.surface;
    theme.panel = t.panel;
    theme.raised = t.raised;
    theme.line = t.line;
    theme.text = t.text;
    theme.quiet = t.quiet;
    theme.disabled = t.disabled;
    theme.accent = t.accent;
    theme.onAccent = t.onAccent;
    theme.selection = t.selection;
    theme.good = t.good;
    theme.warn = t.warn;
    theme.bad = t.bad;
    theme.info = t.info;
    theme.font = Theme::instance().codeFont();
    return theme;
}

} // namespace

MainWindow::MainWindow(Workbench *workbench, Settings *settings)
    : m_workbench(workbench), m_settings(settings), m_actions(this)
{
    setWindowTitle(tr("Edgewright"));
    resize(1280, 800);
    m_workbench->devices().setAsk((new AskBox(this))->ask());
    createViews();
    createLayout();
    createStatusBar();
    createActions();
    createMenus();
    connectEditor();
    connectWorkbench();
    connectTarget();
    connectDebugger();
    connectDevices();
    connect(&Theme::instance(), &Theme::changed, this, &MainWindow::applyTheme);
    applyTheme();
    restoreChoices();
    updateNavigator();
    updateRunBar();
    updateStatus();
    offerUnsent();
    offerRecovered();
}

MainWindow::~MainWindow()
{
    // What is still going on must not reach views that are being destroyed.
    m_workbench->disconnect(this);
    m_workbench->devices().disconnect(this);
    m_workbench->debugger().disconnect(this);
    m_debugPanel->setSession(nullptr);
    delete m_devicePage;  // it listens to the workbench
    delete m_deviceEdits; // it listens to the tabs and to the workbench
    delete m_tabs; // before what it borrows: members and other children go in an order of their own
}

void MainWindow::createViews()
{
    m_runBar = new RunBar(this);
    m_messages = new MessageBar(this);
    m_navigator = new Navigator(this);
    m_welcome = new Welcome(this);
    m_findDevices = new FindDevices(&m_workbench->devices().search(), this);
    m_recovery = new editor::RecoveryStore(
        QString::fromStdString((runtime::stateFolder() / "recovery").string()), this);
    m_tabs = new editor::EditorTabs(*m_recovery, m_saveBox, this);
    createDeviceEdits();
    m_problems = new ProblemsView(this);
    m_log = new LogView(this);
    m_invocations = new InvocationsView(this);
    m_debugPanel = new DebugPanel(this);
    m_fleet = new FleetView(this);
    m_terminals = new TerminalPanel(&m_workbench->devices(), this);
    m_watch = new device::WatchPane(this);
    m_simulatedPi = new device::SimulatedPiPanel(this);
    m_simulatedPi->hide();
    m_palette = new CommandPalette(this);
}

void MainWindow::createLayout()
{
    m_centre = new QStackedWidget(this);
    m_centre->setObjectName(QStringLiteral("centre"));
    m_centre->addWidget(m_welcome);
    m_centre->addWidget(m_tabs);
    m_centre->addWidget(m_findDevices);
    m_bottom = new QTabWidget(this);
    m_bottom->setDocumentMode(true);
    m_bottom->addTab(m_problems, tr("Problems"));
    m_bottom->addTab(m_log, tr("Log"));
    m_bottom->addTab(m_invocations, tr("Invocations"));
    m_bottom->addTab(m_debugPanel, tr("Debug"));
    m_bottom->addTab(m_terminals, tr("Terminal"));
    m_bottom->addTab(m_fleet, tr("Push"));
    m_bottom->setTabVisible(FleetTab, false); // until something is pushed to a group
    m_bottom->setCurrentIndex(InvocationsTab);

    m_middle = new QSplitter(Qt::Vertical, this);
    m_middle->setHandleWidth(1);
    m_middle->addWidget(m_centre);
    m_middle->addWidget(m_bottom);
    m_middle->setStretchFactor(0, 1);
    m_middle->setSizes({460, 240});
    auto *right = new QWidget(this);
    auto *rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(0);
    rightColumn->addWidget(m_watch, 1);
    auto *line = new QFrame(right);
    line->setProperty("role", QStringLiteral("line"));
    line->setFixedHeight(1);
    rightColumn->addWidget(line);
    rightColumn->addWidget(m_simulatedPi);
    m_columns = new QSplitter(Qt::Horizontal, this);
    m_columns->setHandleWidth(1);
    m_columns->addWidget(m_navigator);
    m_columns->addWidget(m_middle);
    m_columns->addWidget(right);
    m_columns->setStretchFactor(1, 1);
    m_columns->setSizes({216, 724, 340});
    m_columns->setChildrenCollapsible(false);
    m_navigator->setMinimumWidth(140);
    right->setMinimumWidth(240);

    auto *whole = new QWidget(this);
    auto *column = new QVBoxLayout(whole);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_runBar);
    column->addWidget(m_messages);
    column->addWidget(m_columns, 1);
    setCentralWidget(whole);
}

void MainWindow::createStatusBar()
{
    const auto label = [this](const QString &name, bool permanent) {
        auto *item = new QLabel(this);
        item->setAccessibleName(name);
        item->setTextFormat(Qt::RichText);
        permanent ? statusBar()->addPermanentWidget(item) : statusBar()->addWidget(item);
        return item;
    };
    statusBar()->setSizeGripEnabled(false);
    m_runtimeStatus = label(tr("Runtime"), false);
    m_targetStatus = label(tr("Target"), false);
    m_cursorStatus = label(tr("Cursor"), true);
    m_fileStatus = label(tr("File"), true);
    m_problemStatus = label(tr("Problems"), true);
}

void MainWindow::applyTheme()
{
    const Tokens &t = Theme::instance().tokens();
    m_tabs->setTheme(editorTheme(t));
    m_watch->setColors(Theme::instance().watchColors());
    m_watch->setNumberFont(Theme::instance().numberFont());
    m_watch->setIcons(Theme::instance().icon(QStringLiteral("media-playback-pause")),
                      Theme::instance().icon(QStringLiteral("document-export")),
                      Theme::instance().icon(QStringLiteral("office-chart-line")));
    m_simulatedPi->setColors(Theme::instance().watchColors());
    updateNavigator();
    updateRunBar();
    updateStatus();
}

void MainWindow::restoreChoices()
{
    if (const QByteArray geometry = m_settings->get(setting::geometry); !geometry.isEmpty())
        restoreGeometry(geometry);
    if (const QByteArray columns = m_settings->get(setting::docks); !columns.isEmpty())
        m_columns->restoreState(columns);
    m_welcome->setRecent(m_settings->get(setting::recentFolders));
}

void MainWindow::openFolder(const QString &folder)
{
    m_workbench->openFolder(folder);
    setWindowTitle(tr("%1 – Edgewright")
                       .arg(QString::fromStdString(m_workbench->project().application().name)));
    m_welcome->setRecent(m_settings->get(setting::recentFolders));
    openCharts(m_workbench->project().folder());
    restoreSession();
    const auto &functions = m_workbench->project().application().functions;
    if (!m_tabs->currentEditor() && !functions.empty())
        openFile(m_workbench->project().entryFile(functions.front()));
}

void MainWindow::restoreSession()
{
    editor::EditorSession session = editor::sessionFromJson(
        QJsonDocument::fromJson(m_settings->get(setting::editors)).object());
    const QString below = m_workbench->project().folder() + QLatin1Char('/');
    session.files.removeIf(
        [&](const editor::EditorSession::File &file) { return !file.path.startsWith(below); });
    if (session.files.isEmpty())
        return;
    m_tabs->restore(session);
    m_centre->setCurrentWidget(m_tabs);
}

editor::CodeEditor *MainWindow::openFile(const QString &file, int line, int column)
{
    editor::CodeEditor *code = m_tabs->open(file);
    if (!code)
        return nullptr;
    m_centre->setCurrentWidget(m_tabs);
    if (line > 0)
        code->goTo(line, column);
    code->setFocus();
    return code;
}

void MainWindow::showFiles()
{
    m_centre->setCurrentWidget(m_tabs->currentEditor() ? static_cast<QWidget *>(m_tabs)
                                                       : m_welcome);
}

void MainWindow::showBottom(BottomTab tab)
{
    m_bottom->setCurrentIndex(tab);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_isWaitingToClose)
        m_closing = true; // it was sent, or the user does not want to wait: it is kept
    if (!m_closing) {
        m_asking = true;
        const QByteArray session = QJsonDocument(toJson(m_tabs->session())).toJson();
        m_tabs->closeAll([this, session](bool closed) {
            if (!closed)
                return;
            m_settings->set(setting::editors, session);
            m_settings->set(setting::geometry, saveGeometry());
            m_settings->set(setting::docks, m_columns->saveState());
            m_closing = !m_deviceEdits->isSending();
            m_isWaitingToClose = !m_closing;
            if (m_isWaitingToClose) {
                statusBar()->showMessage(tr("Sending what was saved to its device"));
                return;
            }
            if (!m_asking) // the answer came later than this event
                close();
        });
        m_asking = false;
    }
    event->setAccepted(m_closing);
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    m_palette->hide();
    QMainWindow::resizeEvent(event);
}

} // namespace app
