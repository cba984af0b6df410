#pragma once

#include "device-manager/core/seriespool.h"

#include <QDialog>

#include <set>
#include <vector>

class QComboBox;
class QLabel;
class QTableWidget;

namespace device {

/// What a push changed: mean, lowest, highest, rate and number of the readings of each series while
/// the version before served, and since. Stays open beside the charts.
class VersionTable final : public QDialog
{
    Q_OBJECT

public:
    explicit VersionTable(QWidget *parent = nullptr);

    /// Shows the newest of \a marks, of the series \a keys; \a now in milliseconds since 1970.
    void open(const std::vector<VersionMark> &marks, const std::set<SeriesKey> &keys, double now);
    /// The answer to figuresWanted().
    void setFigures(const SeriesKey &key, std::int64_t fromUs, std::int64_t toUs,
                    const ReadingFigures &figures);

Q_SIGNALS:
    void figuresWanted(const device::SeriesKey &key, std::int64_t fromUs, std::int64_t toUs);

private:
    /// One series of the function that was pushed.
    struct Row {
        SeriesKey key;
        std::int64_t fromUs = 0, switchedUs = 0, toUs = 0;
        ReadingFigures before, after;
    };
    void choose(int index);
    void showRow(int index);

    std::vector<VersionMark> m_marks;
    std::set<SeriesKey> m_keys;
    double m_now = 0;
    std::vector<Row> m_rows;
    QComboBox *m_choice;
    QTableWidget *m_table;
    QLabel *m_hint;
};

} // namespace device
