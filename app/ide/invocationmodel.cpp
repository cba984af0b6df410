#include "app/ide/invocationmodel.h"

#include "app/ide/theme.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <QDateTime>
#include <QFont>

namespace app {

namespace {
constexpr std::size_t maxRows = 5000;
}

InvocationModel::InvocationModel(QObject *parent) : QAbstractTableModel(parent) {}

int InvocationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int InvocationModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant InvocationModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const runtime::Invocation &row = at(index.row());
    const bool well = row.outcome == runtime::Outcome::Result;
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case Time: return clockText(row.startUs);
        case Outcome: return well ? QStringLiteral("✓") : QStringLiteral("✕");
        case Duration: return durationText(row.durationMs);
        case Trigger: return QString::fromStdString(row.trigger);
        case Result: return summaryOf(row);
        default: return {};
        }
    }
    const Theme &theme = Theme::instance();
    if (role == Qt::ForegroundRole) {
        if (index.column() == Outcome)
            return well ? theme.tokens().good : theme.tokens().bad;
        if (index.column() == Result && !well)
            return theme.tokens().bad;
        if (index.column() == Time || index.column() == Trigger)
            return theme.tokens().quiet;
    }
    if (role == Qt::FontRole && (index.column() == Time || index.column() == Duration))
        return theme.numberFont();
    if (role == Qt::TextAlignmentRole && index.column() == Duration)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::TextAlignmentRole && index.column() == Outcome)
        return int(Qt::AlignCenter);
    if (role == Qt::ToolTipRole)
        return tr("%1: %2").arg(QString::fromStdString(row.function), outcomeText(row.outcome));
    if (role == Qt::AccessibleTextRole && index.column() == Outcome)
        return outcomeText(row.outcome);
    return {};
}

QVariant InvocationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((section == Duration ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Time: return tr("Time");
    case Outcome: return QString();
    case Duration: return tr("Duration");
    case Trigger: return tr("Trigger");
    case Result: return tr("Result");
    default: return {};
    }
}

void InvocationModel::add(const std::vector<runtime::Invocation> &newestLast)
{
    if (newestLast.empty())
        return;
    beginInsertRows({}, 0, int(newestLast.size()) - 1);
    for (const runtime::Invocation &invocation : newestLast)
        m_rows.push_front(invocation);
    endInsertRows();
    if (m_rows.size() > maxRows) {
        beginRemoveRows({}, int(maxRows), int(m_rows.size()) - 1);
        m_rows.resize(maxRows);
        endRemoveRows();
    }
}

void InvocationModel::clear()
{
    beginResetModel();
    m_rows.clear();
    endResetModel();
}

QString summaryOf(const runtime::Invocation &invocation)
{
    if (invocation.outcome != runtime::Outcome::Result)
        return QString::fromStdString(invocation.fault.type.empty()
                                          ? invocation.fault.message
                                          : invocation.fault.type + ": " + invocation.fault.message)
            .simplified()
            .left(200);
    const auto value = runtime::readJson(invocation.result);
    if (!value.is_object())
        return QString::fromStdString(value.is_string() ? value.get<std::string>()
                                                        : invocation.result)
            .simplified()
            .left(200);
    QString text;
    for (const auto &[key, part] : value.items()) {
        const std::string shown = part.is_string() ? part.get<std::string>() : part.dump();
        text += QString::fromStdString(key + " " + shown + "   ");
        if (text.size() > 200)
            break;
    }
    return text.simplified().isEmpty() ? QStringLiteral("{}") : text.trimmed().left(200);
}

QString outcomeText(runtime::Outcome outcome)
{
    switch (outcome) {
    case runtime::Outcome::Result: return InvocationModel::tr("result");
    case runtime::Outcome::FunctionError: return InvocationModel::tr("function error");
    case runtime::Outcome::Timeout: return InvocationModel::tr("timeout");
    case runtime::Outcome::OutOfMemory: return InvocationModel::tr("out of memory");
    case runtime::Outcome::WorkerDied: return InvocationModel::tr("worker died");
    case runtime::Outcome::Rejected: return InvocationModel::tr("rejected");
    case runtime::Outcome::Cancelled: return InvocationModel::tr("cancelled");
    case runtime::Outcome::OutOfSpace: return InvocationModel::tr("out of space");
    }
    return {};
}

QString clockText(std::int64_t timeUs)
{
    return QDateTime::fromMSecsSinceEpoch(timeUs / 1000).toString(QStringLiteral("HH:mm:ss.zzz"));
}

QString durationText(double ms)
{
    if (ms >= 1000)
        return QStringLiteral("%1 s").arg(ms / 1000, 0, 'f', 2);
    if (ms <= 0)
        return QStringLiteral("< 1 ms"); // a controller that counts whole milliseconds
    const int decimals = ms < 1 ? 2 : ms < 100 ? 1 : 0;
    return QStringLiteral("%1 ms").arg(ms, 0, 'f', decimals);
}

} // namespace app
