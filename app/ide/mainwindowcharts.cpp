#include "app/ide/invocationsview.h"
#include "app/ide/logview.h"
#include "app/ide/mainwindow.h"
#include "app/ide/messagebar.h"
#include "device-manager/ui/watchpane.h"

namespace app {

namespace {

const QString hereId = QStringLiteral("here"), deviceStart = QStringLiteral("device:");

QString deviceOf(const QString &place)
{
    return place.startsWith(deviceStart) ? place.mid(deviceStart.size()) : QString();
}

} // namespace

void MainWindow::connectCharts()
{
    const auto show = [this](const QString &place, const runtime::Happening &happening) {
        if (happening.kind == runtime::Happening::Kind::Readings)
            m_watch->add(place, happening.readings);
        else if (happening.kind == runtime::Happening::Kind::Switch)
            m_watch->add(place, happening.switched);
    };
    connect(&m_workbench->local(), &LocalRunner::happened, this,
            [show](const runtime::Happening &happening) { show(hereId, happening); });
    DeviceHub &devices = m_workbench->devices();
    connect(&devices, &DeviceHub::happened, this,
            [show](const QString &device, const runtime::Happening &happening) {
                show(deviceStart + device, happening);
            });
    connect(&devices, &DeviceHub::stored, this,
            [this](const QString &device, const std::vector<device::ReadingSeries> &series) {
                m_watch->addStored(deviceStart + device, series);
            });
    connect(&devices, &DeviceHub::clockRead, this,
            [this](const QString &device, std::chrono::microseconds ahead) {
                m_watch->setClockOffset(deviceStart + device, ahead);
            });
    connect(m_watch, &device::WatchPane::arrangementChanged, this, [this] {
        if (const auto saved = m_chartFile.save(m_watch->arrangement()); !saved)
            onFailed(saved.error());
    });
    connect(m_watch, &device::WatchPane::alarmed, this,
            [this](const QString &text, bool) { m_log->note(text); });
    connect(m_watch, &device::WatchPane::failed, this,
            [this](const QString &title, const QString &text) {
                m_messages->show({title, text, {}, {}});
            });
    connectChartQuestions();
}

/// What the charts ask of the stores, and the answers.
void MainWindow::connectChartQuestions()
{
    using device::WatchPane;
    DeviceHub *devices = &m_workbench->devices();
    connect(m_watch, &WatchPane::historyWanted, devices,
            [devices](const device::HistoryQuestion &question) {
                devices->readHistory(deviceOf(question.key.place), question);
            });
    connect(devices, &DeviceHub::historyRead, m_watch, &WatchPane::setHistory);
    connect(m_watch, &WatchPane::figuresWanted, devices,
            [devices](const device::SeriesKey &key, std::int64_t fromUs, std::int64_t toUs) {
                devices->readFigures(deviceOf(key.place), key, fromUs, toUs);
            });
    connect(devices, &DeviceHub::figuresRead, m_watch, &WatchPane::setFigures);
    connect(m_watch, &WatchPane::exportRequested, devices,
            [this, devices](const QString &file, const device::ExportRange &range) {
                devices->exportReadings(deviceOf(m_watch->place()), file, range);
            });
    connect(m_watch, &WatchPane::invocationWanted, this,
            [this, devices](const device::SeriesKey &key, std::int64_t timeUs, const QString &id) {
                if (!id.isEmpty())
                    showInvocation(id);
                else
                    devices->findInvocation(deviceOf(key.place), key, timeUs);
            });
    connect(devices, &DeviceHub::invocationFound, this,
            [this](const QString &device, const QString &id) {
                if (m_workbench->target().id == deviceStart + device)
                    showInvocation(id);
            });
}

void MainWindow::openCharts(const QString &folder)
{
    const runtime::Result<device::ChartArrangement> arrangement = m_chartFile.open(folder);
    m_watch->setArrangement(arrangement.value_or(device::ChartArrangement{}));
    if (!arrangement)
        onFailed(arrangement.error());
}

/// The invocation behind a point: its row and its details.
void MainWindow::showInvocation(const QString &id)
{
    const Target target = m_workbench->target();
    runtime::Client *client = target.kind == Target::Kind::Device
                                  ? m_workbench->devices().client(target.name)
                                  : m_workbench->local().client();
    if (!client) {
        m_messages->show(
            {tr("The invocation cannot be shown"),
             tr("%1 is not connected. Connect it and click the point again.").arg(target.name),
             {},
             {}});
        return;
    }
    client->invocation(id.toStdString())
        .then(this, [this](const runtime::Result<runtime::Invocation> &invocation) {
            if (!invocation)
                return onFailed(invocation.error());
            m_invocations->showInvocation(*invocation);
            showBottom(InvocationsTab);
        });
}

} // namespace app
