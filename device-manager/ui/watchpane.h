#pragma once

#include "device-manager/ui/serieschart.h"
#include "runtime-bridge/protocol/messages.h"

#include <QTimer>
#include <QWidget>

#include <map>
#include <vector>

class QComboBox;
class QLabel;
class QStackedWidget;
class QToolButton;
class QVBoxLayout;

namespace device {

/// The live charts of one function on one target: a chart for each series, one time axis, a mark
/// for each version. Takes readings as fast as they come and draws 25 times a second.
class WatchPane final : public QWidget
{
    Q_OBJECT

public:
    explicit WatchPane(QWidget *parent = nullptr);

    void setColors(const WatchColors &colors);
    void setNumberFont(const QFont &font);
    void setIcons(const QIcon &pause, const QIcon &save);
    /// What is watched, in words; forgets every series and mark.
    void setSource(const QString &name);
    void add(const std::vector<runtime::Reading> &readings);
    void add(const runtime::Switch &change);
    void setPaused(bool paused);
    /// Whether readings are stored that can be exported.
    void setExportable(bool exportable);
    [[nodiscard]] std::uint64_t readingCount() const { return m_count; }
    /// The newest value of a series; nothing before its first.
    [[nodiscard]] std::optional<double> lastValue(const QString &series) const;
    [[nodiscard]] std::vector<VersionMark> versions() const { return m_versions; }

Q_SIGNALS:
    void failed(const QString &title, const QString &text);
    /// The user chose where to: CSV of the stored readings, or PNG of the charts.
    void exportRequested(const QString &file);

private:
    struct Row {
        QWidget *box = nullptr;
        QLabel *value = nullptr;
        SeriesChart *chart = nullptr;
    };
    Row &row(const QString &series);
    void draw();
    void askExport();
    void askPicture();

    WatchColors m_colors;
    QFont m_numberFont;
    QLabel *m_source;
    QLabel *m_note;
    QComboBox *m_span;
    QToolButton *m_pause;
    QToolButton *m_save;
    QAction *m_exportReadings;
    QLabel *m_begin;
    QStackedWidget *m_pages;
    QWidget *m_charts;
    QWidget *m_axis; ///< The words under the charts.
    QVBoxLayout *m_column;
    std::map<QString, Row> m_rows;
    std::vector<VersionMark> m_versions;
    QTimer m_redraw;
    double m_latest = 0;      ///< Newest reading, seconds since 1970, by the device's clock.
    double m_clockOffset = 0; ///< This computer's clock minus the device's, estimated.
    double m_pausedAt = 0;
    bool m_paused = false;
    std::uint64_t m_count = 0;
};

} // namespace device
