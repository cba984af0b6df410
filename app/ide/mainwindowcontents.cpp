#include "app/errors/usermessage.h"
#include "app/ide/devicepage.h"
#include "app/ide/invocationsview.h"
#include "app/ide/logview.h"
#include "app/ide/mainwindow.h"
#include "app/ide/messagebar.h"
#include "app/ide/navigator.h"
#include "app/ide/problemsview.h"
#include "app/ide/runbar.h"
#include "app/ide/theme.h"
#include "device-manager/ui/watchpane.h"
#include "editor/core/diagnostic.h"
#include "editor/core/document.h"
#include "editor/core/language.h"
#include "editor/core/recoverystore.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editortabs.h"

#include <QFileInfo>
#include <QLabel>
#include <QRegularExpression>
#include <QStackedWidget>

namespace app {

namespace {

std::pair<Theme::Mark, QColor> markOf(TargetState state)
{
    const Tokens &t = Theme::instance().tokens();
    switch (state) {
    case TargetState::On: return {Theme::Mark::On, t.good};
    case TargetState::Half: return {Theme::Mark::Half, t.warn};
    case TargetState::Off: return {Theme::Mark::Off, t.quiet};
    case TargetState::Attention: return {Theme::Mark::Attention, t.bad};
    }
    return {Theme::Mark::Off, t.quiet};
}

QIcon iconOf(TargetState state)
{
    const auto [mark, color] = markOf(state);
    return Theme::instance().mark(mark, color);
}

QString triggerIcon(const runtime::Trigger &trigger)
{
    const std::string kind = runtime::kindOf(trigger);
    if (kind == "timer")
        return QStringLiteral("chronometer");
    if (kind == "log")
        return QStringLiteral("view-list-text");
    if (kind == "sensor")
        return QStringLiteral("temperature-normal");
    return kind == "database" ? QStringLiteral("server-database")
                              : QStringLiteral("network-connect");
}

/// "UTF-8  LF  Python"
QString describe(const editor::Document &document)
{
    const QString gap = QStringLiteral("&nbsp;&nbsp;&nbsp;");
    return nameOf(document.encoding()) + gap + nameOf(document.lineEnd()) + gap +
           nameOf(document.language());
}

/// Why a version does not load, at the place that its stack names: "main.py:4 in handler".
runtime::Problem problemOf(const runtime::FunctionState &state)
{
    runtime::Problem problem;
    problem.message = state.fault.type + ": " + state.fault.message;
    problem.file = state.root;
    if (!state.fault.stack.empty()) {
        static const QRegularExpression place(QStringLiteral("^(.+):(\\d+)( in .*)?$"));
        const auto match = place.match(QString::fromStdString(state.fault.stack.back()));
        if (match.hasMatch()) {
            problem.file = state.root + "/" + match.captured(1).toStdString();
            problem.line = match.captured(2).toInt();
            problem.column = 1;
        }
    }
    return problem;
}

/// Name, state and groups of a device.
QString hintOf(const Target &target, const DeviceHub &hub)
{
    QString hint = target.name + QStringLiteral(" — ") + target.note;
    for (const DeviceView &device : hub.devices())
        if (device.name == target.name && !device.groups.isEmpty())
            hint += MainWindow::tr(" — in %1").arg(device.groups.join(QStringLiteral(", ")));
    return hint;
}

QString dot(TargetState state)
{
    const auto [mark, color] = markOf(state);
    const QString sign = mark == Theme::Mark::On          ? QStringLiteral("●")
                         : mark == Theme::Mark::Half      ? QStringLiteral("◐")
                         : mark == Theme::Mark::Attention ? QStringLiteral("▲")
                                                          : QStringLiteral("○");
    return QStringLiteral("<span style='color:%1'>%2</span> ").arg(color.name(), sign);
}

/// An alarm among the lines of its function.
runtime::LogLine lineOf(const runtime::AlarmChange &change)
{
    const QString text = change.isRaised ? MainWindow::tr("Alarm: %1 (%2) %3")
                                         : MainWindow::tr("Alarm is over: %1 (%2) %3");
    const QString words = text.arg(QString::fromStdString(describe(change.alarm)),
                                   QString::fromStdString(change.figure),
                                   QString::fromStdString(change.alarm.message));
    return {change.timeUs, change.function, {}, change.isRaised, words.trimmed().toStdString()};
}

} // namespace

void MainWindow::onHappened(const runtime::Happening &happening)
{
    using Kind = runtime::Happening::Kind;
    switch (happening.kind) {
    case Kind::Invocation:
        m_newInvocations.push_back(happening.invocation);
        if (!m_invocationFlush.isActive())
            m_invocationFlush.start();
        break;
    case Kind::Log: m_log->add(happening.log); break;
    case Kind::Alarm: m_log->add(lineOf(happening.alarm)); break;
    case Kind::Function:
    case Kind::FunctionRemoved: updateNavigator(); break;
    case Kind::Switch:
    case Kind::Readings: break; // the charts hear them of every target
    }
}

void MainWindow::watchTarget()
{
    const Target target = m_workbench->target();
    if (m_watched == target.id)
        return;
    m_watched = target.id;
    m_watch->setSource(target.id, target.name, target.kind == Target::Kind::Device);
    for (const DeviceView &device : m_workbench->devices().devices())
        m_workbench->devices().showStored(device.name);
    m_invocations->clear();
    m_newInvocations.clear();
}

void MainWindow::updateRunBar()
{
    const Theme &theme = Theme::instance();
    std::vector<Choice> functions, events, targets;
    for (const auto &function : m_workbench->project().application().functions) {
        const QString name = QString::fromStdString(function.spec.name);
        functions.push_back({name, name, theme.letter(QChar(0x0192), theme.tokens().accent)});
    }
    for (const SampleEvent &event : m_workbench->project().events())
        events.push_back({event.name, event.name, {}});
    for (const Target &target : m_workbench->targets())
        targets.push_back({target.id, target.name, iconOf(target.state)});
    m_runBar->setFunctions(functions, m_workbench->function());
    m_runBar->setEvents(events, m_workbench->event());
    m_runBar->setTargets(targets, m_workbench->target().id);
    const Target target = m_workbench->target();
    switch (target.kind) {
    case Target::Kind::Here: {
        const bool serving = m_workbench->local().isServing();
        m_runBar->setPutWord(serving ? tr("Stop serving") : tr("Serve"),
                             QStringLiteral("network-server"),
                             tr("Let the triggers run and open the HTTP gateway here (F6)"));
        break;
    }
    case Target::Kind::Device:
        m_runBar->setPutWord(tr("Push"), QStringLiteral("cloud-upload"),
                             tr("Put the function on %1 (F6)").arg(target.name));
        break;
    case Target::Kind::Group:
        m_runBar->setPutWord(tr("Push"), QStringLiteral("cloud-upload"),
                             tr("Put the function on all devices of %1 (F6)").arg(target.name));
        break;
    case Target::Kind::Controller:
        m_runBar->setPutWord(tr("Deploy"), QStringLiteral("cloud-upload"),
                             tr("Deploy the function to %1 (F6)").arg(target.name));
        break;
    }
    m_runBar->setDebuggable(target.kind == Target::Kind::Here,
                            tr("Debugging runs on this computer; choose it as the target"));
    m_runBar->setHindrance(m_workbench->hindrance());
    m_runBar->setStoppable(m_workbench->isStoppable());
}

void MainWindow::updateNavigator()
{
    const Theme &theme = Theme::instance();
    const Tokens &t = theme.tokens();
    std::vector<NavigatorRow> application;
    const Target target = m_workbench->target();
    const auto &states = target.kind == Target::Kind::Device
                             ? m_workbench->devices().functions(target.name)
                             : m_workbench->local().functions();
    for (const auto &function : m_workbench->project().application().functions) {
        const auto state = states.find(function.spec.name);
        const bool failing =
            state != states.end() && state->second.condition == runtime::FunctionCondition::Failed;
        NavigatorRow row{
            .id = QStringLiteral("function:") + QString::fromStdString(function.spec.name),
            .text = QString::fromStdString(function.spec.name),
            .secondary = state == states.end()                                 ? QString()
                         : failing && state->second.fault.type == "RolledBack" ? tr("rolled back")
                         : failing                                             ? tr("does not load")
                                   : tr("version %1").arg(state->second.version),
            .icon = theme.letter(QChar(0x0192), t.accent),
            .attention = failing,
            .children = {}};
        for (std::size_t i = 0; i < function.spec.triggers.size(); ++i) {
            const runtime::Trigger &trigger = function.spec.triggers[i];
            const bool isArmed = state != states.end() && i < state->second.triggers.size();
            const bool cannot = isArmed && state->second.triggers[i].failing;
            row.children.push_back(
                {.id = {},
                 .text = QString::fromStdString(runtime::describe(trigger)),
                 .secondary = QString::fromStdString(runtime::kindOf(trigger)),
                 .icon = theme.icon(triggerIcon(trigger), cannot ? t.warn : t.quiet),
                 .attention = cannot,
                 .children = {},
                 .hint = isArmed ? QString::fromStdString(state->second.triggers[i].words)
                                 : QString()});
        }
        application.push_back(std::move(row));
    }
    if (!m_workbench->project().isOpen())
        application.push_back({.id = QStringLiteral("action:file.open"),
                               .text = tr("Open a folder…"),
                               .secondary = {},
                               .icon = theme.icon(QStringLiteral("folder-open"), t.accent),
                               .attention = false,
                               .children = {}});
    m_navigator->setRows(Navigator::ApplicationSection, application);

    std::vector<NavigatorRow> devices, controllers;
    for (const Target &each : m_workbench->targets()) {
        NavigatorRow row{.id = QStringLiteral("target:") + each.id,
                         .text = each.name,
                         .secondary = each.note,
                         .icon = iconOf(each.state),
                         .attention = each.state == TargetState::Attention,
                         .children = {}};
        if (each.kind == Target::Kind::Device)
            row.hint = hintOf(each, m_workbench->devices());
        if (each.kind == Target::Kind::Device || each.kind == Target::Kind::Group)
            devices.push_back(std::move(row));
        else if (each.kind == Target::Kind::Controller)
            controllers.push_back(std::move(row));
    }
    if (devices.empty())
        devices = {{.id = QStringLiteral("action:device.find"),
                    .text = tr("Find a Raspberry Pi…"),
                    .secondary = {},
                    .icon = theme.icon(QStringLiteral("edit-find"), t.accent),
                    .attention = false,
                    .children = {}},
                   {.id = QStringLiteral("action:device.simulate"),
                    .text = tr("Start a simulated one"),
                    .secondary = {},
                    .icon = theme.icon(QStringLiteral("computer"), t.accent),
                    .attention = false,
                    .children = {}}};
    m_navigator->setRows(Navigator::DeviceSection, devices);
    m_navigator->setRows(Navigator::ControllerSection, controllers);
}

void MainWindow::updateStatus()
{
    const LocalRunner &local = m_workbench->local();
    const bool ready = local.state() == LocalRunner::State::Ready;
    const QString words[] = {tr("runtime starting"), tr("runtime ready"), tr("runtime restarting"),
                             tr("runtime failed")};
    m_runtimeStatus->setText(dot(ready ? TargetState::On
                                 : local.state() == LocalRunner::State::Failed
                                     ? TargetState::Attention
                                     : TargetState::Half) +
                             words[int(local.state())]);
    const Target target = m_workbench->target();
    m_targetStatus->setVisible(target.kind != Target::Kind::Here);
    m_targetStatus->setText(dot(target.state) + target.name.toHtmlEscaped() + QStringLiteral(" ") +
                            target.note.toHtmlEscaped());
    const editor::CodeEditor *code = m_tabs->currentEditor();
    m_cursorStatus->setVisible(code != nullptr);
    m_fileStatus->setVisible(code != nullptr);
    if (code) {
        m_cursorStatus->setText(
            QStringLiteral("%1:%2").arg(code->cursorLine()).arg(code->cursorColumn()));
        m_fileStatus->setText(describe(*m_tabs->currentDocument()));
    }
    const int problems = m_problems->count();
    m_problemStatus->setText(problems == 0 ? tr("no problems")
                                           : tr("▲ %n problem(s)", nullptr, problems));
}

void MainWindow::onNavigated(const QString &id)
{
    const QString rest = id.section(QLatin1Char(':'), 1);
    if (id.startsWith(QLatin1String("function:"))) {
        if (const auto *function =
                m_workbench->project().application().function(rest.toStdString())) {
            m_workbench->setFunction(rest);
            openFile(m_workbench->project().entryFile(*function));
        }
    } else if (id.startsWith(QLatin1String("target:"))) {
        m_workbench->setTarget(rest);
        const Target target = m_workbench->target();
        if (m_devicePage && m_centre->currentWidget() == m_devicePage &&
            target.kind == Target::Kind::Device)
            openDevice(target.name); // the page follows the choice
    } else if (id.startsWith(QLatin1String("action:"))) {
        m_actions[rest]->trigger();
    }
}

void MainWindow::showDiagnostics()
{
    QHash<QString, QList<editor::Diagnostic>> byFile;
    for (const auto &problem : m_workbench->project().problems())
        byFile[QString::fromStdString(problem.file)].append(
            {.line = problem.line,
             .column = problem.column,
             .endLine = problem.line,
             .endColumn = problem.column,
             .severity = problem.warning ? editor::Diagnostic::Severity::Warning
                                         : editor::Diagnostic::Severity::Error,
             .message = QString::fromStdString(problem.message),
             .source = {}});
    for (const QString &path : m_tabs->paths())
        m_tabs->editor(path)->setDiagnostics(byFile.value(path));
}

void MainWindow::showLoadFailures()
{
    for (const auto &[name, state] : m_workbench->local().functions()) {
        std::vector<runtime::Problem> problems;
        if (state.condition == runtime::FunctionCondition::Failed)
            problems.push_back(problemOf(state));
        m_problems->setProblems(QString::fromStdString(name), problems);
    }
}

void MainWindow::showInlineValues(const QMap<QString, QString> &values)
{
    const runtime::DebugSession *session = m_workbench->debugger().session();
    if (!session || session->stack().empty())
        return;
    const runtime::StackFrame &frame = session->stack().front();
    editor::CodeEditor *code = m_tabs->editor(frame.file);
    if (!code)
        return;
    QStringList shown;
    const QString line = code->text(frame.line - 1);
    for (auto it = values.begin(); it != values.end(); ++it)
        if (it.value().size() < 40 &&
            line.contains(QRegularExpression(
                QStringLiteral("\\b%1\\b").arg(QRegularExpression::escape(it.key())))))
            shown << it.key() + QStringLiteral(" = ") + it.value();
    code->setInlineValues({{frame.line, shown.join(QStringLiteral("   "))}});
}

void MainWindow::followFunctionOf(const QString &file)
{
    if (const auto *function = m_workbench->project().functionOf(file))
        if (const QString name = QString::fromStdString(function->spec.name);
            name != m_workbench->function())
            m_workbench->setFunction(name);
}

void MainWindow::onFailed(const runtime::Error &error)
{
    const UserMessage message = describe(error);
    if (message.title.isEmpty())
        return;
    m_log->note(toPlainText(message));
    std::function<void()> act;
    UserMessage shown = message;
    switch (error.code) {
    case runtime::ErrorCode::DeviceHostKeyUnknown:
        act = [this, error] {
            m_workbench->devices().acceptHostKey(QString::fromStdString(error.subject),
                                                 QString::fromStdString(error.detail));
        };
        shown.action = tr("Accept this key"); // the bar itself shows the key to compare
        break;
    case runtime::ErrorCode::DeviceUnreachable:
    case runtime::ErrorCode::DeviceLost:
    case runtime::ErrorCode::DeviceAuthRejected:
        act = [this, error] {
            m_workbench->devices().connectDevice(QString::fromStdString(error.subject));
        };
        shown.action = tr("Connect again");
        break;
    case runtime::ErrorCode::RuntimeLost: m_runtimeLostTitle = message.title; break;
    case runtime::ErrorCode::RuntimeUnreachable:
    case runtime::ErrorCode::RuntimeMissing:
        act = [this] { m_workbench->local().start(); };
        shown.action = tr("Start the runtime");
        break;
    case runtime::ErrorCode::ApplicationInvalid:
        act = [this] { showBottom(ProblemsTab); };
        shown.action = tr("Show problems");
        break;
    default: break;
    }
    m_messages->show(shown, act);
}

void MainWindow::tellRuntimeIsBack()
{
    if (m_workbench->local().state() != LocalRunner::State::Ready || m_runtimeLostTitle.isEmpty() ||
        m_messages->title() != m_runtimeLostTitle)
        return;
    m_runtimeLostTitle.clear();
    m_messages->show({tr("The runtime ended and was started again"),
                      tr("Your functions are in place again. What was running at that moment has "
                         "no result; run it again."),
                      {},
                      {}},
                     {}, MessageBar::Kind::Notice);
}

void MainWindow::offerRecovered()
{
    const QList<editor::RecoveredText> left = m_recovery->leftBehind();
    if (left.isEmpty())
        return;
    QStringList names;
    for (const editor::RecoveredText &text : left)
        names << QFileInfo(text.path).fileName();
    m_messages->show(
        {tr("Unsaved edits were kept from the last time"),
         tr("The program ended before these files were saved: %1. Restore them to go "
            "on where you were; nothing is written to the files until you save.")
             .arg(names.join(QStringLiteral(", "))),
         tr("Restore"),
         {}},
        [this, left] {
            for (const editor::RecoveredText &text : left) {
                if (m_tabs->openRecovered(text))
                    m_centre->setCurrentWidget(m_tabs);
            }
        },
        MessageBar::Kind::Question);
}

} // namespace app
