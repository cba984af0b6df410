#pragma once

#include "device-manager/core/seriesbuffer.h"
#include "device-manager/ui/watchcolors.h"

#include <QChartView>

#include <optional>
#include <vector>

class QLineSeries;
class QValueAxis;

namespace device {

/// When a version of the function began to serve, in seconds since 1970.
struct VersionMark {
    double time = 0;
    std::uint64_t version = 0;
};

/// One series over time: a line in the colour of the version that made each part, a dashed mark
/// where a version began, the value under the pointer. The drawn points are the lowest and highest
/// of each pixel column, so peaks never vanish.
class SeriesChart final : public QChartView
{
    Q_OBJECT

public:
    explicit SeriesChart(const QString &name, QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    /// \a time in seconds since 1970.
    void add(double time, double value) { m_buffer.append({time * 1000, value}); }
    [[nodiscard]] const SeriesBuffer &buffer() const { return m_buffer; }
    [[nodiscard]] QString name() const { return m_name; }
    /// Draws [from, to], in seconds since 1970, with the marks of \a versions.
    void show(double from, double to, const std::vector<VersionMark> &versions);
    [[nodiscard]] std::optional<double> lastValue() const;
    /// How many stored points stand behind each drawn one; 1 when every point is drawn.
    [[nodiscard]] double decimation() const { return m_decimation; }

Q_SIGNALS:
    /// The pointer is over this time; nothing: it left.
    void pointed(std::optional<double> time);

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    QLineSeries *line(std::size_t index);
    [[nodiscard]] QColor versionColor(std::uint64_t version) const;
    void resizeEvent(QResizeEvent *event) override;
    void fitHeight(const std::vector<QPointF> &points);
    /// The stored point nearest to a time, in seconds since 1970.
    [[nodiscard]] std::optional<QPointF> nearest(double time) const;
    [[nodiscard]] double xOf(double time) const;

    QString m_name;
    SeriesBuffer m_buffer;
    WatchColors m_colors;
    QValueAxis *m_time;
    QValueAxis *m_value;
    std::vector<QLineSeries *> m_lines;
    std::vector<VersionMark> m_versions;
    double m_from = 0, m_to = 1, m_decimation = 1;
    bool m_isSwitch = true; ///< Only 0 and 1 so far: drawn in steps.
    std::optional<double> m_pointer;
};

} // namespace device
