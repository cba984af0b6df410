#include "device-manager/ui/watchpane.h"

#include <QComboBox>
#include <QDateTime>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QStackedWidget>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace device {

namespace {

double now()
{
    return double(QDateTime::currentMSecsSinceEpoch()) / 1000;
}

} // namespace

WatchPane::WatchPane(QWidget *parent)
    : QWidget(parent)
    , m_source(new QLabel(this))
    , m_note(new QLabel(this))
    , m_span(new QComboBox(this))
    , m_pause(new QToolButton(this))
    , m_save(new QToolButton(this))
    , m_begin(new QLabel(this))
    , m_pages(new QStackedWidget(this))
    , m_charts(new QWidget)
    , m_column(new QVBoxLayout(m_charts))
{
    setAccessibleName(tr("Watch"));
    auto *head = new QWidget(this);
    head->setObjectName(QStringLiteral("paneHead"));
    head->setAttribute(Qt::WA_StyledBackground);
    auto *title = new QLabel(tr("WATCH"), head);
    title->setProperty("role", QStringLiteral("head"));
    m_source->setProperty("role", QStringLiteral("quiet"));
    for (const auto &[text, seconds] : {std::pair(tr("10 s"), 10), std::pair(tr("30 s"), 30),
                                        std::pair(tr("2 min"), 120), std::pair(tr("10 min"), 600)})
        m_span->addItem(text, seconds);
    m_span->setCurrentIndex(1);
    m_span->setAccessibleName(tr("Span of time"));
    m_pause->setCheckable(true);
    m_pause->setToolTip(tr("Hold the charts; readings go on being stored"));
    m_pause->setAccessibleName(tr("Pause"));
    connect(m_pause, &QToolButton::toggled, this, &WatchPane::setPaused);
    m_save->setToolTip(tr("Export readings or a picture"));
    m_save->setAccessibleName(tr("Export"));
    m_save->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(m_save);
    m_exportReadings = menu->addAction(tr("Readings as CSV…"), this, &WatchPane::askExport);
    menu->addAction(tr("Charts as PNG…"), this, &WatchPane::askPicture);
    m_save->setMenu(menu);
    m_save->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(12, 4, 8, 4);
    row->setSpacing(8);
    row->addWidget(title);
    row->addWidget(m_source, 1);
    row->addWidget(m_span);
    row->addWidget(m_pause);
    row->addWidget(m_save);

    m_charts->setObjectName(QStringLiteral("surface"));
    m_charts->setAttribute(Qt::WA_StyledBackground);
    m_column->setContentsMargins(0, 8, 0, 8);
    m_column->setSpacing(4);
    m_column->addStretch(1);
    m_note->setProperty("role", QStringLiteral("quiet"));
    m_note->setAlignment(Qt::AlignCenter);
    m_begin->setProperty("role", QStringLiteral("quiet"));
    auto *end = new QLabel(tr("now"), this);
    end->setProperty("role", QStringLiteral("quiet"));
    end->setAlignment(Qt::AlignRight);
    m_axis = new QWidget(m_charts);
    auto *axis = new QHBoxLayout(m_axis);
    axis->setContentsMargins(48, 0, 12, 0); // under the plots
    axis->addWidget(m_begin, 1);
    axis->addWidget(m_note);
    axis->addWidget(end, 1);
    m_axis->hide();
    auto *scroll = new QScrollArea(this);
    scroll->setWidget(m_charts);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    auto *empty = new QLabel(tr("Nothing to watch yet.\n\nNumbers that a function prints as "
                                "name:value, or returns, show here as charts."),
                             this);
    empty->setObjectName(QStringLiteral("surface"));
    empty->setAttribute(Qt::WA_StyledBackground);
    empty->setProperty("role", QStringLiteral("quiet"));
    empty->setAlignment(Qt::AlignCenter);
    empty->setWordWrap(true);
    empty->setMargin(24);
    m_pages->addWidget(empty);
    m_pages->addWidget(scroll);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(head);
    column->addWidget(m_pages, 1);
    m_redraw.setInterval(40);
    connect(&m_redraw, &QTimer::timeout, this, &WatchPane::draw);
}

void WatchPane::setColors(const WatchColors &colors)
{
    m_colors = colors;
    for (auto &[name, row] : m_rows)
        row.chart->setColors(colors);
}

void WatchPane::setNumberFont(const QFont &font)
{
    m_numberFont = font;
}

void WatchPane::setIcons(const QIcon &pause, const QIcon &save)
{
    m_pause->setIcon(pause);
    m_save->setIcon(save);
}

void WatchPane::setSource(const QString &name)
{
    m_source->setText(name);
    for (auto &[series, row] : m_rows)
        delete row.box;
    m_rows.clear();
    m_versions.clear();
    m_latest = 0;
    m_count = 0;
    m_note->clear();
    m_axis->hide();
    m_pages->setCurrentIndex(0);
    m_redraw.stop();
}

WatchPane::Row &WatchPane::row(const QString &series)
{
    Row &row = m_rows[series];
    if (row.box)
        return row;
    row.box = new QWidget(m_charts);
    auto *name = new QLabel(series, row.box);
    name->setProperty("role", QStringLiteral("subtitle"));
    row.value = new QLabel(row.box);
    row.value->setAlignment(Qt::AlignRight);
    QFont font = m_numberFont;
    font.setPointSizeF(font.pointSizeF() + 3);
    row.value->setFont(font);
    row.chart = new SeriesChart(series, row.box);
    row.chart->setColors(m_colors);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(12, 0, 12, 0);
    head->addWidget(name);
    head->addWidget(row.value, 1);
    auto *column = new QVBoxLayout(row.box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(row.chart);
    // In the order of their names, before the stretch and the note.
    m_column->insertWidget(int(std::distance(m_rows.begin(), m_rows.find(series))), row.box);
    m_column->insertWidget(int(m_rows.size()), m_axis);
    m_axis->show();
    m_pages->setCurrentIndex(1);
    m_redraw.start();
    return row;
}

void WatchPane::add(const std::vector<runtime::Reading> &readings)
{
    for (const runtime::Reading &reading : readings) {
        const double time = double(reading.timeUs) / 1e6;
        row(QString::fromStdString(reading.series)).chart->add(time, reading.value);
        m_latest = std::max(m_latest, time);
    }
    if (readings.empty())
        return;
    if (m_count == 0)
        m_clockOffset = now() - m_latest;
    m_clockOffset = std::min(m_clockOffset, now() - m_latest);
    m_count += readings.size();
}

void WatchPane::add(const runtime::Switch &change)
{
    const double time = double(change.timeUs) / 1e6;
    const auto known = std::ranges::find(m_versions, change.version, &VersionMark::version);
    if (known != m_versions.end() && std::abs(known->time - time) < 1e-6)
        return;
    m_versions.push_back({time, change.version});
    std::ranges::sort(m_versions, {}, &VersionMark::time);
}

std::optional<double> WatchPane::lastValue(const QString &series) const
{
    const auto row = m_rows.find(series);
    return row == m_rows.end() ? std::nullopt : row->second.chart->lastValue();
}

void WatchPane::setPaused(bool paused)
{
    m_paused = paused;
    m_pausedAt = now() - m_clockOffset;
    m_pause->setChecked(paused);
}

void WatchPane::setExportable(bool exportable)
{
    m_exportReadings->setEnabled(exportable);
}

void WatchPane::draw()
{
    if (!isVisible())
        return;
    const double span = m_span->currentData().toDouble();
    const double to = m_paused ? m_pausedAt : std::max(m_latest, now() - m_clockOffset - 0.1);
    double decimation = 1;
    for (auto &[name, row] : m_rows) {
        row.chart->show(to - span, to, m_versions);
        decimation = std::max(decimation, row.chart->decimation());
        if (const std::optional<double> last = row.chart->lastValue())
            row.value->setText(QString::number(*last, 'f',
                                               *last == std::floor(*last) ? 0
                                               : std::abs(*last) < 10     ? 2
                                                                          : 1));
    }
    QString note = tr("%L1 readings").arg(m_count);
    if (decimation >= 1.5)
        note += tr(" · decimated 1:%1").arg(std::lround(decimation));
    m_note->setText(note);
    m_begin->setText(QStringLiteral("−") + m_span->currentText());
}

void WatchPane::askExport()
{
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Export readings"), tr("readings.csv"), tr("Comma separated values (*.csv)"));
    if (!file.isEmpty())
        Q_EMIT exportRequested(file);
}

void WatchPane::askPicture()
{
    const QString file = QFileDialog::getSaveFileName(this, tr("Export charts"), tr("charts.png"),
                                                      tr("Pictures (*.png)"));
    if (!file.isEmpty() && !m_charts->grab().save(file))
        Q_EMIT failed(tr("The picture was not written"),
                      tr("%1 cannot be written. Choose another place.").arg(file));
}

} // namespace device
