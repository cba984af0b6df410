#include "app/ide/devicepage.h"

#include "app/ide/devicefilespane.h"
#include "app/ide/devicepageparts.h"
#include "app/ide/devicevisit.h"
#include "app/ide/logview.h"
#include "app/ide/theme.h"
#include "device-manager/ui/metrictile.h"

#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

namespace app {

using device::HealthSample;
using device::MetricTile;

namespace {

constexpr std::size_t tileSamples = 60;
constexpr double fullFrom = 90;                        // percent
constexpr double coolest = 20, hot = 80, hottest = 90; // °C; a Raspberry Pi slows down from 80 on
constexpr int pageLogHeight = 160;

QString percentText(double percent)
{
    return DevicePage::tr("%1 %").arg(percent, 0, 'f', percent < 10 ? 1 : 0);
}

QString uptimeText(std::chrono::seconds duration)
{
    const auto minutes = duration.count() / 60;
    if (minutes < 1)
        return DevicePage::tr("%1 s").arg(duration.count());
    if (minutes < 60)
        return DevicePage::tr("%1 min").arg(minutes);
    if (minutes < 48 * 60)
        return DevicePage::tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60);
    return DevicePage::tr("%1 days %2 h").arg(minutes / 1440).arg(minutes / 60 % 24);
}

double partOf(std::uint64_t part, std::uint64_t whole)
{
    return 100 * double(part) / double(whole);
}

std::optional<double> memoryPart(const HealthSample &sample)
{
    return sample.memoryBytes > 0
               ? std::optional(partOf(sample.memoryUsedBytes, sample.memoryBytes))
               : std::nullopt;
}

std::optional<double> diskPart(const HealthSample &sample)
{
    const std::uint64_t whole = sample.diskUsedBytes + sample.diskFreeBytes;
    return whole > 0 ? std::optional(partOf(sample.diskUsedBytes, whole)) : std::nullopt;
}

QLabel *quietLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setProperty("role", QStringLiteral("quiet"));
    label->setWordWrap(true);
    return label;
}

} // namespace

DevicePage::DevicePage(std::unique_ptr<DeviceVisit> visit, std::unique_ptr<DeviceFolder> folder,
                       QWidget *parent)
    : QWidget(parent), m_visit(std::move(visit))
{
    setObjectName(QStringLiteral("surface"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Device %1").arg(m_visit->name()));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(createHead());
    createParts(std::move(folder), column);

    connect(m_visit.get(), &DeviceVisit::changed, this, &DevicePage::showDevice);
    connect(m_visit.get(), &DeviceVisit::resultsChanged, this, &DevicePage::showFunctions);
    connect(m_visit.get(), &DeviceVisit::sampled, this, &DevicePage::showHealth);
    connect(m_visit.get(), &DeviceVisit::logged, this, [this](const runtime::LogLine &line) {
        m_log->add(line);
        m_log->show();
        m_noLog->hide();
    });
    connect(m_visit.get(), &DeviceVisit::ended, this, &DevicePage::closeRequested);
    connect(&Theme::instance(), &Theme::changed, this, &DevicePage::applyColors);
    applyColors();
    showHealth();
}

DevicePage::~DevicePage() = default;

void DevicePage::createParts(std::unique_ptr<DeviceFolder> folder, QVBoxLayout *column)
{
    m_parts = new QTabBar(this);
    m_parts->setDrawBase(false);
    m_parts->setExpanding(false);
    m_parts->setAccessibleName(tr("Parts of the page"));
    m_parts->addTab(tr("Overview"));
    m_parts->addTab(tr("Files"));
    auto *strip = new QWidget(this);
    strip->setObjectName(QStringLiteral("paneHead"));
    strip->setAttribute(Qt::WA_StyledBackground);
    auto *row = new QHBoxLayout(strip);
    row->setContentsMargins(space::s, 0, space::s, 0);
    row->addWidget(m_parts);
    row->addStretch();
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(createBody());
    m_files = new DeviceFilesPane(std::move(folder), this);
    m_pages = new QStackedWidget(this);
    m_pages->addWidget(scroll);
    m_pages->addWidget(m_files);
    connect(m_parts, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
    connect(m_files, &DeviceFilesPane::editRequested, this, &DevicePage::editRequested);
    connect(m_files, &DeviceFilesPane::failed, this, &DevicePage::failed);
    column->addWidget(strip);
    column->addWidget(m_pages, 1);
}

void DevicePage::showFiles()
{
    m_parts->setCurrentIndex(1);
}

QString DevicePage::device() const
{
    return m_visit->name();
}

QWidget *DevicePage::createHead()
{
    auto *head = new QWidget(this);
    m_mark = new QLabel(head);
    auto *title = new QLabel(m_visit->name(), head);
    title->setProperty("role", QStringLiteral("title"));
    m_status = new QLabel(head);
    m_status->setProperty("role", QStringLiteral("quiet"));
    auto *row = new QHBoxLayout;
    row->setSpacing(space::s);
    row->addWidget(m_mark);
    row->addWidget(title);
    row->addWidget(m_status);
    row->addStretch();
    const auto button = [&](const QString &text, auto signal, const char *role) {
        auto *made = new QPushButton(text, head);
        if (role)
            made->setProperty("role", QLatin1String(role));
        connect(made, &QPushButton::clicked, this, signal);
        row->addWidget(made);
        return made;
    };
    m_connect = button(
        tr("Connect"), [this] { Q_EMIT connectRequested(device()); }, "primary");
    button(
        tr("Terminal"), [this] { Q_EMIT terminalRequested(device()); }, nullptr)
        ->setToolTip(tr("A shell on the device"));
    m_restart = button(
        tr("Restart…"), [this] { Q_EMIT restartRequested(device()); }, nullptr);
    m_restart->setToolTip(tr("Start the device itself again"));
    button(
        tr("Remove…"), [this] { Q_EMIT removeRequested(device()); }, nullptr)
        ->setToolTip(tr("Forget the device here; what runs on it goes on"));
    button(
        tr("Close"), [this] { Q_EMIT closeRequested(); }, "plain");
    m_about = quietLabel({}, head);
    m_about->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *column = new QVBoxLayout(head);
    column->setContentsMargins(space::l, space::m, space::l, space::s);
    column->setSpacing(space::xs);
    column->addLayout(row);
    column->addWidget(m_about);
    return head;
}

QWidget *DevicePage::createTiles()
{
    auto *tiles = new QWidget(this);
    auto *row = new QHBoxLayout(tiles);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::s);
    m_load = new MetricTile(tr("Load"), tiles);
    m_load->setRange(0, 100);
    m_load->setToolTip(tr("What the processors are busy, and how many processes wanted one: the "
                          "mean of a minute"));
    m_memory = new MetricTile(tr("Memory"), tiles);
    m_memory->setRange(0, 100);
    m_memory->setWarning(fullFrom);
    m_temperature = new MetricTile(tr("Temperature"), tiles);
    m_temperature->setRange(coolest, hottest);
    m_temperature->setWarning(hot);
    m_disk = new MetricTile(tr("Disk"), tiles);
    m_disk->setRange(0, 100);
    m_disk->setWarning(fullFrom);
    for (MetricTile *tile : {m_load, m_memory, m_temperature, m_disk})
        row->addWidget(tile);
    return tiles;
}

QWidget *DevicePage::createBody()
{
    auto *body = new QWidget(this);
    body->setObjectName(QStringLiteral("surface"));
    body->setAttribute(Qt::WA_StyledBackground);
    m_functions = new DeviceFunctions(body);
    m_processes = new DeviceProcesses(body);
    m_test = new DeviceChecklist(body);
    m_log = new LogView(body);
    m_log->setFixedHeight(pageLogHeight);
    m_log->hide();
    m_noLog = quietLabel(tr("Nothing was printed there yet."), body);
    m_noFunctions = quietLabel(tr("No function is on this device yet. Choose it as the target and "
                                  "push one."),
                               body);
    m_noProcesses = quietLabel(tr("Connect to see what it is busy with."), body);
    m_noTest = quietLabel(tr("Connecting tests whether it has what functions need."), body);
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(space::l, space::s, space::l, space::l);
    column->setSpacing(space::s);
    column->addWidget(createTiles());
    addSection(column, tr("FUNCTIONS"), m_functions, m_noFunctions);
    addSection(column, tr("LOG"), m_log, m_noLog);
    addSection(column, tr("PROCESSES"), m_processes, m_noProcesses);
    addSection(column, tr("DEVICE TEST"), m_test, m_noTest);
    column->addStretch();
    return body;
}

void DevicePage::addSection(QVBoxLayout *column, const QString &title, QWidget *content,
                            QLabel *empty)
{
    auto *head = new QLabel(title, content->parentWidget());
    head->setProperty("role", QStringLiteral("head"));
    column->addSpacing(space::s);
    column->addWidget(head);
    column->addWidget(empty);
    column->addWidget(content);
}

void DevicePage::showDevice()
{
    const Theme &theme = Theme::instance();
    const Tokens &t = theme.tokens();
    const DeviceView view = m_visit->view();
    const bool isOnline = view.state == TargetState::On;
    const auto [mark, color, word] = [&]() -> std::tuple<Theme::Mark, QColor, QString> {
        switch (view.state) {
        case TargetState::On: return {Theme::Mark::On, t.good, tr("online, %1").arg(view.note)};
        case TargetState::Half: return {Theme::Mark::Half, t.warn, view.note};
        case TargetState::Attention: return {Theme::Mark::Attention, t.bad, view.note};
        case TargetState::Off: break;
        }
        return {Theme::Mark::Off, t.quiet, view.note};
    }();
    m_mark->setPixmap(theme.mark(mark, color).pixmap(16, 16));
    m_status->setText(word);
    m_connect->setVisible(view.state == TargetState::Off);
    m_restart->setEnabled(isOnline);
    m_about->setText(aboutText());
    const auto test = m_visit->test();
    m_test->show(test);
    m_test->setVisible(!test.empty());
    m_noTest->setVisible(test.empty());
    showFunctions();
}

QString DevicePage::aboutText() const
{
    QStringList words{m_visit->view().address};
    if (const device::DeviceFacts *facts = m_visit->facts())
        words << facts->model << facts->os << facts->machine;
    if (const QString version = m_visit->runtimeVersion(); !version.isEmpty())
        words << tr("runtime %1").arg(version);
    const auto &history = m_visit->history();
    if (!history.empty() && history.back().uptime)
        words << tr("up %1").arg(uptimeText(*history.back().uptime));
    words.removeAll(QString());
    return words.join(QStringLiteral("  ·  "));
}

void DevicePage::showFunctions()
{
    m_functions->show(*m_visit);
    const bool hasSome = !m_visit->functions().empty();
    m_functions->setVisible(hasSome);
    m_noFunctions->setVisible(!hasSome);
}

void DevicePage::showHealth()
{
    const auto &history = m_visit->history();
    if (!history.empty()) {
        m_processes->show(history.back());
        showTiles();
    }
    m_processes->setVisible(!history.empty());
    m_noProcesses->setVisible(history.empty());
    m_about->setText(aboutText());
}

void DevicePage::showTiles()
{
    const auto &history = m_visit->history();
    const HealthSample &now = history.back();
    const QString unknown = QStringLiteral("–");
    m_load->setFigure(now.cpuPercent ? percentText(*now.cpuPercent) : unknown,
                      now.load ? tr("mean %1").arg(*now.load, 0, 'f', 2) : QString());
    const auto memory = memoryPart(now);
    m_memory->setFigure(
        memory ? percentText(*memory) : unknown,
        memory ? tr("%1 free").arg(device::sizeText(now.memoryBytes - now.memoryUsedBytes))
               : QString());
    m_temperature->setFigure(now.celsius ? tr("%1 °C").arg(*now.celsius, 0, 'f', 1) : unknown,
                             now.celsius ? QString() : tr("no sensor"));
    const auto disk = diskPart(now);
    m_disk->setFigure(disk ? percentText(*disk) : unknown,
                      disk ? tr("%1 free").arg(device::sizeText(now.diskFreeBytes)) : QString());
    const std::pair<MetricTile *, std::function<std::optional<double>(const HealthSample &)>>
        tiles[] = {{m_load, [](const HealthSample &each) { return each.cpuPercent; }},
                   {m_memory, memoryPart},
                   {m_temperature, [](const HealthSample &each) { return each.celsius; }},
                   {m_disk, diskPart}};
    for (const auto &[tile, valueOf] : tiles) {
        std::deque<std::optional<double>> values;
        for (const HealthSample &sample : history)
            values.push_back(valueOf(sample));
        tile->setHistory(std::move(values), tileSamples);
    }
}

void DevicePage::applyColors()
{
    const device::WatchColors colors = Theme::instance().watchColors();
    for (MetricTile *tile : {m_load, m_memory, m_temperature, m_disk})
        tile->setColors(colors);
    showDevice();
}

void DevicePage::showEvent(QShowEvent *event)
{
    m_visit->setSeen(true);
    QWidget::showEvent(event);
}

void DevicePage::hideEvent(QHideEvent *event)
{
    m_visit->setSeen(false);
    QWidget::hideEvent(event);
}

} // namespace app
