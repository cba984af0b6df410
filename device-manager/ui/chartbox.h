#pragma once

#include "device-manager/ui/timechart.h"

#include <QWidget>

#include <functional>
#include <set>

class QToolButton;

namespace device {

class ChartLegend;
class XyChart;

/// One chart with its head: names, values, alarms, and a menu of what can be changed. Decides
/// nothing: changed() brings the wish, and whoever arranges the charts makes it so.
class ChartBox final : public QWidget
{
    Q_OBJECT

public:
    explicit ChartBox(const ChartSpec &spec, QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    void setNumberFont(const QFont &font);
    /// In the order of the spec's; all of them, or the chart stays as it was.
    void setSeries(const std::vector<const WatchedSeries *> &series);
    /// What can be added, asked when the menu opens.
    void setChoices(std::function<std::set<SeriesKey>()> choices)
    {
        m_choices = std::move(choices);
    }
    /// How a series is called here.
    void setNaming(std::function<QString(const SeriesKey &)> name) { m_name = std::move(name); }

    [[nodiscard]] const ChartSpec &spec() const { return m_spec; }
    [[nodiscard]] TimeChart *chart() const { return m_chart; } ///< Null for an XY chart.
    [[nodiscard]] const std::vector<const WatchedSeries *> &series() const { return m_series; }
    [[nodiscard]] int columns() const;
    void show(const TimeRange &range, const std::vector<VersionMark> &marks);
    /// Values at \a pointer, or the newest.
    void showValues(const TimeRange &range, std::optional<double> pointer);
    /// Fills \a menu with what can be done with this chart.
    void fill(QMenu *menu);

Q_SIGNALS:
    void changed(const device::ChartSpec &wanted);
    void removed();
    void hideWanted(const device::SeriesKey &key); ///< In no chart, until it is added again.

private:
    void fillSeries(QMenu *menu);
    void fillThresholds(QMenu *menu);
    void askThreshold(bool above);
    [[nodiscard]] QString nameOf(const SeriesKey &key) const;
    [[nodiscard]] bool isAlarmed(std::optional<double> value) const;

    ChartSpec m_spec;
    std::vector<const WatchedSeries *> m_series;
    std::function<std::set<SeriesKey>()> m_choices;
    std::function<QString(const SeriesKey &)> m_name;
    WatchColors m_colors;
    ChartLegend *m_legend;
    QToolButton *m_more;
    TimeChart *m_chart = nullptr;
    XyChart *m_xy = nullptr;
};

} // namespace device
