#pragma once

#include "runtime-bridge/protocol/messages.h"

#include <QAbstractTableModel>

#include <deque>
#include <vector>

namespace app {

/// What was invoked lately on one target, newest first, bounded. Presents; fetches nothing.
class InvocationModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Time, Outcome, Duration, Trigger, Result, ColumnCount };

    explicit InvocationModel(QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void add(const std::vector<runtime::Invocation> &newestLast);
    void clear();
    [[nodiscard]] const runtime::Invocation &at(int row) const
    {
        return m_rows.at(std::size_t(row));
    }

private:
    std::deque<runtime::Invocation> m_rows;
};

/// "lux 213.4  lamp 1" for an object, the text itself for a string: one line, shortened.
[[nodiscard]] QString summaryOf(const runtime::Invocation &invocation);
/// "result", "function error", "timeout", … for people.
[[nodiscard]] QString outcomeText(runtime::Outcome outcome);
/// "12:03:04.120" by this computer's clock.
[[nodiscard]] QString clockText(std::int64_t timeUs);
/// "0.42 ms", "1.2 ms", "153 ms", "2.40 s": three digits at the most.
[[nodiscard]] QString durationText(double ms);

} // namespace app
