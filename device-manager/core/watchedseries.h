#pragma once

#include "device-manager/core/readingseries.h"
#include "device-manager/core/seriesbuffer.h"
#include "device-manager/core/serieskey.h"

#include <QMetaType>

#include <deque>
#include <optional>
#include <string>

namespace device {

/// A part of a series that a chart wants from the store. Times in milliseconds since 1970.
struct HistoryQuestion {
    SeriesKey key;
    double from = 0, to = 0;
    int columns = 0;
};

/// One series that is watched: its live end in memory, and the part of its past that charts last
/// asked for. Times in milliseconds since 1970.
class WatchedSeries final
{
public:
    /// \a isStored: whether its past can be asked for; else what leaves memory is gone, and which
    /// invocation made a reading is remembered here.
    WatchedSeries(SeriesKey key, bool isStored);

    [[nodiscard]] const SeriesKey &key() const { return m_key; }
    [[nodiscard]] const SeriesBuffer &buffer() const { return m_live; }
    [[nodiscard]] bool isStored() const { return m_isStored; }
    /// Only 0 and 1 so far: drawn in steps.
    [[nodiscard]] bool isSwitch() const { return m_isSwitch; }
    [[nodiscard]] std::optional<double> lastValue() const;

    /// A reading that was taken in before, by its cursor, is ignored.
    void add(double time, double value, std::uint64_t cursor, const std::string &invocation);

    /// Forgets what batch() is of.
    void beginBatch() { m_batch = {}; }
    /// The readings that were added since: none of them may pass a threshold unseen.
    [[nodiscard]] const ReadingFigures &batch() const { return m_batch; }

    /// What is known of it between two times, the lowest and highest of each column and a point to
    /// each side.
    [[nodiscard]] SeriesPoints points(double from, double to, int columns) const;
    /// What points() lacks of this; nothing while it is on its way.
    [[nodiscard]] std::optional<HistoryQuestion> missing(double from, double to, int columns);
    /// The answer; one to a former question is ignored.
    void setHistory(const HistoryQuestion &question, const SeriesPoints &points);
    /// The known point nearest to \a time, no further than \a reach.
    [[nodiscard]] std::optional<QPointF> nearest(double time, double reach) const;
    /// The known value that stood at \a time: of the last point before it.
    [[nodiscard]] std::optional<double> valueAt(double time) const;
    /// Of what is in memory.
    [[nodiscard]] ReadingFigures figures(double from, double to) const;
    /// Which invocation made the reading at \a time; empty: not remembered here.
    [[nodiscard]] std::string invocationAt(double time) const;

private:
    struct Origin {
        double time;
        std::string invocation;
    };

    SeriesKey m_key;
    SeriesBuffer m_live;
    bool m_isStored;
    bool m_isSwitch = true;
    std::uint64_t m_lastCursor = 0;
    ReadingFigures m_batch;
    HistoryQuestion m_asked, m_known;
    SeriesPoints m_history;
    std::deque<Origin> m_origins;
};

} // namespace device

Q_DECLARE_METATYPE(device::HistoryQuestion)
