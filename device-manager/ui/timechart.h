#pragma once

#include "device-manager/core/chartarrangement.h"
#include "device-manager/core/seriespool.h"
#include "device-manager/ui/watchcolors.h"

#include <QChartView>

#include <optional>
#include <vector>

class QValueAxis;

namespace device {

/// A part of time that is shown, in milliseconds since 1970.
struct TimeRange {
    double from = 0, to = 1;
    [[nodiscard]] double span() const { return to - from; }
};

/// A line of a chart.
struct ChartLine {
    const WatchedSeries *series = nullptr;
    QColor color;
};

/// Series over time. One series alone is drawn in the colour of the version that made each part,
/// several each in its own; a dashed mark and a shade tell the versions in both. The drawn points
/// are the lowest and highest of each pixel column, so that peaks never vanish.
///
/// Tells what the hand does (points, pans, zooms, clicks) and changes nothing by itself.
class TimeChart final : public QChartView
{
    Q_OBJECT

public:
    explicit TimeChart(QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    void setLines(const std::vector<ChartLine> &lines);
    void setScale(ChartSpec::Scale scale);
    void setThresholds(const std::vector<Threshold> &thresholds);
    void setMarks(const std::vector<VersionMark> &marks);
    void setPointer(std::optional<double> time);
    /// Draws \a range anew.
    void show(const TimeRange &range);

    /// How many readings stand behind each drawn point; 1 when every one is drawn.
    [[nodiscard]] double decimation() const { return m_decimation; }
    /// Columns of pixels that lines are drawn in.
    [[nodiscard]] int columns() const;
    /// What it shows in words, for who cannot see it.
    [[nodiscard]] QString description() const;

Q_SIGNALS:
    /// The pointer is over this time; nothing: it left.
    void pointed(std::optional<double> time);
    void panned(double milliseconds);          ///< The range should move by it.
    void zoomed(double factor, double around); ///< The span times \a factor, \a around stays.
    void clicked(const device::SeriesKey &key, double time);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void drawBackground(QPainter *painter, const QRectF &rect) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    /// Values of one line in view.
    struct Extent {
        double low = 0, high = 0;
        bool isEmpty = true;
        void add(double value);
    };

    /// A line, or the part of it that one version made, as it is painted.
    struct Stroke {
        QColor color;
        QList<QPointF> points; ///< Time and value, then pixels.
        TimeRange part;        ///< Painted within it: its neighbours have another colour.
        bool isDense = false;  ///< About as many points as columns.
        bool hasDots = false;  ///< A line through one point shows nothing.
    };

    void addLine(const ChartLine &line);
    void addPart(const ChartLine &line, const QColor &color, const TimeRange &part);
    void fitHeight();
    void drawStrokes(QPainter *painter, const QRectF &plot);
    [[nodiscard]] bool isAllSwitches() const;
    [[nodiscard]] QColor versionColor(std::uint64_t version) const;
    [[nodiscard]] double xOf(double time) const;
    [[nodiscard]] double yOf(double value) const;
    [[nodiscard]] double timeAt(double x) const;
    void drawMarks(QPainter *painter, const QRectF &plot);
    void drawThresholds(QPainter *painter, const QRectF &plot);
    void drawPointer(QPainter *painter, const QRectF &plot);

    WatchColors m_colors;
    std::vector<ChartLine> m_shown;
    ChartSpec::Scale m_scale = ChartSpec::Scale::Shared;
    std::vector<Threshold> m_thresholds;
    std::vector<VersionMark> m_marks;
    QValueAxis *m_value;
    std::vector<Stroke> m_strokes;
    TimeRange m_range;
    Extent m_extent; ///< Of what show() drew.
    std::uint64_t m_raw = 0, m_drawn = 0;
    double m_decimation = 1;
    std::optional<double> m_pointer;
    std::optional<QPointF> m_pressed; ///< Where the button went down.
    double m_lastX = 0;
    bool m_isDragging = false;
};

} // namespace device
