#include "device-manager/ui/chartbox.h"

#include "device-manager/ui/chartlegend.h"
#include "device-manager/ui/chartticks.h"
#include "device-manager/ui/xychart.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace device {

ChartBox::ChartBox(const ChartSpec &spec, QWidget *parent)
    : QWidget(parent), m_spec(spec), m_legend(new ChartLegend(this)), m_more(new QToolButton(this))
{
    m_more->setText(QStringLiteral("⋯"));
    m_more->setToolTip(tr("Series, scale and thresholds of this chart"));
    m_more->setAccessibleName(tr("Chart menu"));
    m_more->setPopupMode(QToolButton::InstantPopup);
    m_more->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    auto *menu = new QMenu(m_more);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        menu->clear();
        fill(menu);
    });
    m_more->setMenu(menu);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(12, 0, 4, 0);
    head->addWidget(m_legend, 1);
    head->addWidget(m_more, 0, Qt::AlignTop);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    if (spec.kind == ChartSpec::Kind::Xy)
        column->addWidget(m_xy = new XyChart(this), 1);
    else
        column->addWidget(m_chart = new TimeChart(this), 1);
}

void ChartBox::setColors(const WatchColors &colors)
{
    m_colors = colors;
    m_legend->setColors(colors);
    if (m_chart)
        m_chart->setColors(colors);
    if (m_xy)
        m_xy->setColors(colors);
    setSeries(m_series);
}

void ChartBox::setNumberFont(const QFont &font)
{
    m_legend->setNumberFont(font);
}

void ChartBox::setSeries(const std::vector<const WatchedSeries *> &series)
{
    m_series = series;
    if (m_xy) {
        if (series.size() == 2)
            m_xy->setSeries(series[0], series[1]);
        return;
    }
    std::vector<ChartLine> lines;
    for (std::size_t i = 0; i < series.size(); ++i)
        lines.push_back({series[i], m_colors.versions[i % m_colors.versions.size()]});
    m_chart->setScale(m_spec.scale);
    m_chart->setThresholds(m_spec.thresholds);
    m_chart->setLines(lines);
}

int ChartBox::columns() const
{
    return m_chart ? m_chart->columns() : std::max(32, width());
}

void ChartBox::show(const TimeRange &range, const std::vector<VersionMark> &marks)
{
    if (m_xy && m_series.size() == 2)
        m_xy->show(range);
    if (!m_chart)
        return;
    std::vector<VersionMark> own;
    for (const VersionMark &mark : marks)
        if (std::ranges::any_of(m_series, [&mark](const WatchedSeries *series) {
                return series->key().function == mark.function && series->key().place == mark.place;
            }))
            own.push_back(mark);
    m_chart->setMarks(own);
    m_chart->show(range);
}

bool ChartBox::isAlarmed(std::optional<double> value) const
{
    return value && std::ranges::any_of(m_spec.thresholds, [value](const Threshold &threshold) {
               return threshold.isPassedBy(*value);
           });
}

void ChartBox::showValues(const TimeRange &range, std::optional<double> pointer)
{
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        const WatchedSeries &series = *m_series[i];
        std::optional<double> value = series.lastValue();
        if (pointer) {
            const auto point = series.nearest(*pointer, range.span() * 4 / columns());
            value = point ? std::optional(point->y()) : series.valueAt(*pointer);
        }
        entries.push_back({nameOf(m_spec.series[i]),
                           value ? valueText(*value) : QStringLiteral("–"),
                           m_colors.versions[i % m_colors.versions.size()], isAlarmed(value)});
    }
    m_legend->setEntries(entries);
}

QString ChartBox::nameOf(const SeriesKey &key) const
{
    return m_name ? m_name(key) : key.series;
}

void ChartBox::fill(QMenu *menu)
{
    fillSeries(menu->addMenu(tr("Series")));
    if (m_spec.kind == ChartSpec::Kind::Time && m_spec.series.size() > 1) {
        QMenu *scale = menu->addMenu(tr("Scale"));
        auto *group = new QActionGroup(scale);
        const std::pair<QString, ChartSpec::Scale> scales[] = {
            {tr("One for all"), ChartSpec::Scale::Shared},
            {tr("Each to its own height"), ChartSpec::Scale::Normalised}};
        for (const auto &[text, value] : scales) {
            QAction *action = scale->addAction(text, this, [this, value = value] {
                ChartSpec wanted = m_spec;
                wanted.scale = value;
                Q_EMIT changed(wanted);
            });
            action->setCheckable(true);
            action->setChecked(m_spec.scale == value);
            group->addAction(action);
        }
    }
    if (m_spec.kind == ChartSpec::Kind::Time)
        fillThresholds(menu->addMenu(tr("Thresholds")));
    if (m_spec.series.size() == 2) {
        const bool isXy = m_spec.kind == ChartSpec::Kind::Xy;
        const QString text =
            isXy ? tr("Over time")
                 : tr("%1 over %2").arg(nameOf(m_spec.series[1]), nameOf(m_spec.series[0]));
        menu->addAction(text, this, [this, isXy] {
            ChartSpec wanted = m_spec;
            wanted.kind = isXy ? ChartSpec::Kind::Time : ChartSpec::Kind::Xy;
            Q_EMIT changed(wanted);
        });
    }
    menu->addSeparator();
    menu->addAction(tr("Remove chart"), this, &ChartBox::removed);
}

void ChartBox::fillSeries(QMenu *menu)
{
    std::set<SeriesKey> keys = m_choices ? m_choices() : std::set<SeriesKey>();
    keys.insert(m_spec.series.begin(), m_spec.series.end());
    for (const SeriesKey &key : keys) {
        QAction *action = menu->addAction(nameOf(key));
        action->setCheckable(true);
        const auto at = std::ranges::find(m_spec.series, key);
        action->setChecked(at != m_spec.series.end());
        connect(action, &QAction::toggled, this, [this, key](bool wantedHere) {
            ChartSpec wanted = m_spec;
            wanted.kind = ChartSpec::Kind::Time;
            if (wantedHere)
                wanted.series.push_back(key);
            else
                std::erase(wanted.series, key);
            if (!wantedHere)
                Q_EMIT hideWanted(key);
            if (wanted.series.empty())
                Q_EMIT removed();
            else
                Q_EMIT changed(wanted);
        });
    }
}

void ChartBox::fillThresholds(QMenu *menu)
{
    menu->addAction(tr("Alarm above…"), this, [this] { askThreshold(true); });
    menu->addAction(tr("Alarm below…"), this, [this] { askThreshold(false); });
    if (!m_spec.thresholds.empty())
        menu->addSeparator();
    for (const Threshold &threshold : m_spec.thresholds) {
        const QString text = threshold.above ? tr("Remove above %1") : tr("Remove below %1");
        menu->addAction(text.arg(valueText(threshold.value)), this, [this, threshold] {
            ChartSpec wanted = m_spec;
            std::erase(wanted.thresholds, threshold);
            Q_EMIT changed(wanted);
        });
    }
}

void ChartBox::askThreshold(bool above)
{
    const double now = m_series.empty() ? 0 : m_series.front()->lastValue().value_or(0);
    bool chosen = false;
    const double value = QInputDialog::getDouble(
        this, above ? tr("Alarm above") : tr("Alarm below"),
        tr("Value of %1").arg(m_spec.series.empty() ? QString() : nameOf(m_spec.series.front())),
        now, -1e15, 1e15, 3, &chosen);
    if (!chosen)
        return;
    ChartSpec wanted = m_spec;
    wanted.thresholds.push_back({value, above});
    Q_EMIT changed(wanted);
}

} // namespace device
