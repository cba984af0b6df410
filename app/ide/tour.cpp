#include "app/ide/tour.h"

#include "app/ide/debugpanel.h"
#include "app/ide/devicefilespane.h"
#include "app/ide/devicepage.h"
#include "app/ide/invocationsview.h"
#include "app/ide/mainwindow.h"
#include "app/ide/messagebar.h"
#include "app/ide/terminalpanel.h"
#include "app/ide/theme.h"
#include "device-manager/core/devicehealth.h"
#include "device-manager/core/simulatedpi.h"
#include "device-manager/ui/watchpane.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editortabs.h"
#include "runtime-bridge/base/file.h"

#include <QApplication>
#include <QDir>
#include <QKeyEvent>
#include <QPixmap>

#include <algorithm>

namespace app {

namespace {

constexpr int pollMs = 10;
constexpr int settleMs = 150;      ///< One paint of everything, and the charts' next frame.
constexpr int readingPaceMs = 900; ///< For eyes, where no pictures are taken.

} // namespace

Tour::Tour(MainWindow *window, QString pictures, QObject *parent)
    : QObject(parent), m_window(window), m_pictures(std::move(pictures))
{
    m_poll.setInterval(pollMs);
    connect(&m_poll, &QTimer::timeout, this, &Tour::check);
    m_settle.setSingleShot(true);
    connect(&m_settle, &QTimer::timeout, this, &Tour::next);
    connect(&m_window->workbench(), &Workbench::invoked, this, [this] { ++m_answers; });
    addLocalSteps();
    addDeviceSteps();
    addDevicePageSteps();
    addControllerSteps();
    addLastSteps();
}

void Tour::add(const QString &name, const QString &text, std::function<void()> act,
               std::function<bool()> isDone, int limitMs)
{
    m_steps.push_back({name, text, std::move(act), std::move(isDone), limitMs});
}

void Tour::addLocalSteps()
{
    Workbench &bench = m_window->workbench();
    add(
        QStringLiteral("open"),
        tr("The sample opens: a function that switches a lamp by the light."),
        [this, &bench] {
            bench.setTarget(QStringLiteral("here"));
            m_window->openFile(file());
        },
        [this, &bench] {
            return bench.local().state() == LocalRunner::State::Ready &&
                   bench.local().functions().contains("night-light") &&
                   m_window->tabs().currentPath() == file();
        });
    add(
        QStringLiteral("run"), tr("Run invokes it here with the event dusk.json."),
        [this, &bench] {
            bench.setEvent(QStringLiteral("dusk.json"));
            m_answers = 0;
            trigger("run.run");
        },
        [this] { return m_answers == 1 && m_window->invocations().model()->rowCount() > 0; });
    add(
        QStringLiteral("edit"), tr("A line is added in the editor; it prints what it saw."),
        [this] {
            editor::CodeEditor *code = m_window->tabs().currentEditor();
            const int line = code->text()
                                 .left(code->text().indexOf(QLatin1String("    if LAMP.")))
                                 .count(QLatin1Char('\n'));
            code->goTo(line, 1);
            type(QStringLiteral("\x1b[F")); // End
            type(QStringLiteral("\nprint(f\"lux:{lux:.1f} lamp:{lamp}\")"));
        },
        [this] {
            return m_window->tabs().currentEditor()->text().contains(
                QLatin1String("    print(f\"lux:"));
        });
    add(
        QStringLiteral("run-edited"), tr("Run saves and invokes the new version."),
        [this] {
            m_answers = 0;
            trigger("run.run");
        },
        [this] {
            if (m_answers != 1 || m_window->invocations().model()->rowCount() < 2)
                return false;
            m_window->invocations().select(0);
            return true;
        });
    add(
        QStringLiteral("breakpoint"), tr("A breakpoint stops it under the debugger."),
        [this] {
            editor::CodeEditor *code = m_window->tabs().currentEditor();
            code->goTo(code->text()
                           .left(code->text().indexOf(QLatin1String("    lamp = 1")))
                           .count(QLatin1Char('\n')) +
                       1);
            trigger("debug.breakpoint");
            m_answers = 0;
            trigger("run.debug");
        },
        [this] { return m_window->debugPanel().shownVariables().contains(QStringLiteral("lux")); },
        30'000);
    add(
        QStringLiteral("evaluate"), tr("An expression is evaluated where it stands."),
        [this] { m_window->debugPanel().evaluate(QStringLiteral("lux < THRESHOLD")); },
        [this] { return m_window->debugPanel().consoleText().contains(QLatin1String("True")); });
    add(
        QStringLiteral("continue"), tr("Continue lets it answer; Stop ends debugging."),
        [this] { trigger("debug.continue"); },
        [this, &bench] {
            if (m_answers != 1)
                return false;
            if (bench.debugger().isActive()) {
                if (bench.debugger().session()->state() != runtime::DebugSession::State::Ended)
                    trigger("run.stop");
                return false;
            }
            return true;
        });
}

void Tour::addDeviceSteps()
{
    Workbench &bench = m_window->workbench();
    const auto deviceValue = [this](const QString &series) {
        return m_window->watch().lastValue(series);
    };
    const auto versions = [this] { return m_window->watch().versions().size(); };
    add(
        QStringLiteral("device"),
        tr("A simulated Raspberry Pi starts; the link to it comes online."),
        [this, &bench] {
            editor::CodeEditor *code = m_window->tabs().currentEditor();
            for (const editor::Breakpoint &breakpoint : code->breakpoints())
                code->removeBreakpoint(breakpoint.line);
            if (!bench.devices().simulatedPi())
                trigger("device.simulate");
        },
        [&bench] {
            if (!bench.devices().isOnline(QStringLiteral("simulated-pi")))
                return false;
            bench.setTarget(QStringLiteral("device:simulated-pi"));
            return true;
        },
        40'000);
    add(
        QStringLiteral("push"), tr("Push puts the function on the device; its readings stream in."),
        [this, &bench] {
            if (device::SimulatedPi *pi = bench.devices().simulatedPi()) {
                pi->setCovered(false);
                pi->setAmbientLux(420);
            }
            trigger("run.put");
        },
        [this, versions, deviceValue] {
            return versions() >= 1 && deviceValue(QStringLiteral("lamp")) == 0 &&
                   m_window->watch().readingCount() > 60;
        },
        30'000);
    add(
        QStringLiteral("cover"), tr("A hand covers the light sensor: the lamp goes on."),
        [this] { trigger("device.cover"); },
        [this, &bench, deviceValue] {
            const device::SimulatedPi *pi = bench.devices().simulatedPi();
            return pi && pi->isLampOn() && deviceValue(QStringLiteral("lamp")) == 1;
        });
    add(
        QStringLiteral("watch"), tr("The chart shows both."),
        [this] { m_mark = m_window->watch().readingCount(); },
        [this] { return m_window->watch().readingCount() > m_mark + 40; });
    add(
        QStringLiteral("turn"), tr("One comparison is turned round in the editor."),
        [this] {
            editor::CodeEditor *code = m_window->tabs().currentEditor();
            const int at = int(code->text().indexOf(QLatin1String("lux < THRESHOLD else")));
            const QString before = code->text().left(at);
            const int line = int(before.count(QLatin1Char('\n'))) + 1;
            const int column = at - int(before.lastIndexOf(QLatin1Char('\n'))) + 4;
            code->goTo(line, column);
            QKeyEvent select(QEvent::KeyPress, Qt::Key_Right, Qt::ShiftModifier);
            QApplication::sendEvent(code, &select);
            type(QStringLiteral(">"));
        },
        [this] {
            return m_window->tabs().currentEditor()->text().contains(
                QLatin1String("lux > THRESHOLD else"));
        });
    add(
        QStringLiteral("push-again"),
        tr("Push again: the lamp goes off in the covered sensor's dark, and the chart has a mark."),
        [this] { trigger("run.put"); },
        [&bench, versions, deviceValue] {
            const device::SimulatedPi *pi = bench.devices().simulatedPi();
            return pi && !pi->isLampOn() && versions() >= 2 &&
                   deviceValue(QStringLiteral("lamp")) == 0;
        });
    add(
        QStringLiteral("watch-again"), tr("The mark lies where version 2 began."),
        [this] { m_mark = m_window->watch().readingCount(); },
        [this] { return m_window->watch().readingCount() > m_mark + 40; });
}

void Tour::addDevicePageSteps()
{
    DeviceHub &devices = m_window->workbench().devices();
    add(
        QStringLiteral("device-page"), tr("The device's page tells how it is."),
        [this] { trigger("device.open"); },
        [&devices] {
            const device::DeviceHealth *health = devices.health(QStringLiteral("simulated-pi"));
            return health && health->history().size() >= 3;
        });
    add(
        QStringLiteral("device-files"), tr("Its files show beside, to be edited where they are."),
        [this] { trigger("device.files"); },
        [this] {
            const DevicePage *page = m_window->devicePage();
            return page && page->files().folder().state() == DeviceFolder::State::Shown;
        });
    add(
        QStringLiteral("terminal"), tr("A terminal opens over the same connection."),
        [this] {
            trigger("device.terminal");
            m_window->terminals().type(QStringLiteral("echo $((6*7)) from $USER\r"));
        },
        [this] {
            if (!m_window->terminals().shownText().contains(QLatin1String("42 from pi")))
                return false;
            m_window->terminals().type(QStringLiteral("exit\r"));
            return true;
        });
    add(
        QStringLiteral("back"), tr("And back to the files."),
        [this] {
            m_window->closeDevice();
            m_window->showBottom(MainWindow::InvocationsTab);
        },
        [] { return true; });
}

void Tour::addControllerSteps()
{
    Workbench &bench = m_window->workbench();
    add(
        QStringLiteral("deploy"), tr("Deploy brings the same function to a controller."),
        [this, &bench] {
            bench.setTarget(QStringLiteral("controller:edgewright"));
            trigger("run.put");
        },
        [&bench] {
            return !bench.isBusy() && bench.activity().contains(QLatin1String("Deployed"));
        },
        30'000);
    add(
        QStringLiteral("invoke-deployed"), tr("Run invokes it there with the same event."),
        [this] {
            m_answers = 0;
            trigger("run.run");
        },
        [this] {
            if (m_answers != 1 || m_window->invocations().model()->rowCount() < 1)
                return false;
            m_window->invocations().select(0);
            return true;
        });
}

void Tour::addLastSteps()
{
    Workbench &bench = m_window->workbench();
    add(
        QStringLiteral("palette"), tr("Every action is found in the command palette."),
        [this] { trigger("view.palette"); }, [] { return true; });
    add(
        QStringLiteral("dark"), tr("The same window in the dark theme, watching the device."),
        [this, &bench] {
            m_window->setFocus();
            bench.setTarget(QStringLiteral("device:simulated-pi"));
            m_window->showBottom(MainWindow::LogTab);
            trigger("view.dark");
        },
        [this] { return m_window->watch().readingCount() > 40; });
    add(
        QStringLiteral("light"), tr("And back."), [this] { trigger("view.light"); },
        [] { return true; });
}

QString Tour::file() const
{
    const auto *function = m_window->workbench().project().application().function("night-light");
    return function ? m_window->workbench().project().entryFile(*function) : QString();
}

void Tour::trigger(const char *action)
{
    m_window->actionList()[QLatin1String(action)]->trigger();
}

void Tour::type(const QString &text)
{
    editor::CodeEditor *code = m_window->tabs().currentEditor();
    if (text == QLatin1String("\x1b[F")) {
        QKeyEvent end(QEvent::KeyPress, Qt::Key_End, Qt::NoModifier);
        QApplication::sendEvent(code, &end);
        return;
    }
    for (const QChar c : text) {
        const int key = c == QLatin1Char('\n') ? int(Qt::Key_Return) : c.toUpper().unicode();
        QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier,
                        c == QLatin1Char('\n') ? QString() : QString(c));
        QApplication::sendEvent(code, &press);
    }
}

void Tour::start()
{
    m_report = tr("# The tour\n\n| step | what | ms |\n|---|---|---:|\n");
    m_settle.start(settleMs);
}

void Tour::next()
{
    if (m_current > 0 && !m_pictures.isEmpty()) {
        const QString name = QStringLiteral("%1/%2-%3.png")
                                 .arg(m_pictures)
                                 .arg(m_current, 2, 10, QLatin1Char('0'))
                                 .arg(m_steps[m_current - 1].name);
        m_well = m_window->grab().save(name) && m_well;
    }
    if (!m_well || m_current == m_steps.size()) {
        if (!m_pictures.isEmpty())
            m_well = runtime::writeFile((m_pictures + QStringLiteral("/report.md")).toStdString(),
                                        m_report.toStdString()) &&
                     m_well;
        Q_EMIT finished(m_well, m_report);
        return;
    }
    m_clock.start();
    m_steps[m_current].act();
    m_poll.start();
    check();
}

void Tour::check()
{
    const Step &step = m_steps[m_current];
    if (step.isDone())
        endStep(true);
    else if (m_clock.elapsed() > step.limitMs)
        endStep(false);
}

void Tour::endStep(bool well)
{
    m_poll.stop();
    const Step &step = m_steps[m_current++];
    m_report +=
        QStringLiteral("| %1 | %2%3 | %4 |\n")
            .arg(step.name, step.text,
                 well ? QString() : tr(" **did not happen**: %1").arg(m_window->messages().title()))
            .arg(m_clock.elapsed());
    m_well = well;
    m_settle.start(m_pictures.isEmpty() ? readingPaceMs : settleMs);
}

} // namespace app
