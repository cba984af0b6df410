#include "device-manager/ui/versiontable.h"

#include "device-manager/ui/chartticks.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

namespace device {

namespace {

/// "12.1 → 14.0"; a dash where there are no readings.
QString beforeAndAfter(const ReadingFigures &before, const ReadingFigures &after,
                       double (*figure)(const ReadingFigures &))
{
    const auto text = [figure](const ReadingFigures &figures) {
        return figures.count == 0 ? QStringLiteral("–") : valueText(figure(figures));
    };
    return text(before) + QStringLiteral(" → ") + text(after);
}

QString changeText(const ReadingFigures &before, const ReadingFigures &after)
{
    if (before.count == 0 || after.count == 0 || before.mean() == 0)
        return QStringLiteral("–");
    const double change = (after.mean() / before.mean() - 1) * 100;
    return (change > 0 ? QStringLiteral("+") : QString()) + QString::number(change, 'f', 1) +
           QStringLiteral(" %");
}

} // namespace

VersionTable::VersionTable(QWidget *parent)
    : QDialog(parent)
    , m_choice(new QComboBox(this))
    , m_table(new QTableWidget(this))
    , m_hint(new QLabel(this))
{
    setWindowTitle(tr("Before and after a version"));
    m_choice->setAccessibleName(tr("Version"));
    connect(m_choice, &QComboBox::activated, this, &VersionTable::choose);
    m_table->setColumnCount(7);
    m_table->setHorizontalHeaderLabels({tr("Series"), tr("Mean"), tr("Change"), tr("Lowest"),
                                        tr("Highest"), tr("Per second"), tr("Readings")});
    m_table->verticalHeader()->hide();
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setShowGrid(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_table->setStyleSheet(QStringLiteral("QTableView::item { padding: 0 8px; }"));
    for (int column = 0; column < m_table->columnCount(); ++column)
        m_table->horizontalHeaderItem(column)->setTextAlignment(
            Qt::AlignVCenter | (column == 0 ? Qt::AlignLeft : Qt::AlignRight));
    m_hint->setProperty("role", QStringLiteral("quiet"));
    m_hint->setWordWrap(true);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    column->addWidget(m_choice);
    column->addWidget(m_table, 1);
    column->addWidget(m_hint);
    resize(820, 300);
}

void VersionTable::open(const std::vector<VersionMark> &marks, const std::set<SeriesKey> &keys,
                        double now)
{
    m_marks = marks;
    m_keys = keys;
    m_now = now;
    m_choice->clear();
    for (const VersionMark &mark : marks)
        m_choice->addItem(tr("%1, version %2, since %3")
                              .arg(mark.function)
                              .arg(mark.version)
                              .arg(momentText(mark.time, 60'000)));
    m_choice->setCurrentIndex(int(marks.size()) - 1);
    choose(int(marks.size()) - 1);
    show();
    raise();
}

void VersionTable::choose(int index)
{
    m_rows.clear();
    m_table->setRowCount(0);
    if (index < 0 || index >= int(m_marks.size()))
        return;
    const VersionMark &mark = m_marks[std::size_t(index)];
    double begin = std::numeric_limits<double>::lowest(), end = m_now + 60'000;
    for (const VersionMark &other : m_marks) {
        if (other.function != mark.function || other.place != mark.place)
            continue;
        if (other.time < mark.time)
            begin = std::max(begin, other.time);
        else if (other.time > mark.time)
            end = std::min(end, other.time);
    }
    const auto us = [](double ms) {
        return ms < -9e15 ? std::numeric_limits<std::int64_t>::min() / 2 : std::llround(ms * 1000);
    };
    for (const SeriesKey &key : m_keys)
        if (key.function == mark.function && key.place == mark.place)
            m_rows.push_back({key, us(begin), us(mark.time), us(end), {}, {}});
    m_table->setRowCount(int(m_rows.size()));
    m_hint->setText(
        tr("Before: while the version before it served. After: since version %1 serves, "
           "or until the next one began.")
            .arg(mark.version));
    for (int i = 0; i < int(m_rows.size()); ++i)
        showRow(i);
    const std::vector<Row> asked = m_rows; // answers may come at once
    for (const Row &row : asked) {
        Q_EMIT figuresWanted(row.key, row.fromUs, row.switchedUs - 1);
        Q_EMIT figuresWanted(row.key, row.switchedUs, row.toUs);
    }
}

void VersionTable::setFigures(const SeriesKey &key, std::int64_t fromUs, std::int64_t toUs,
                              const ReadingFigures &figures)
{
    for (int i = 0; i < int(m_rows.size()); ++i) {
        Row &row = m_rows[std::size_t(i)];
        if (row.key != key)
            continue;
        if (fromUs == row.fromUs && toUs == row.switchedUs - 1)
            row.before = figures;
        else if (fromUs == row.switchedUs && toUs == row.toUs)
            row.after = figures;
        showRow(i);
    }
}

void VersionTable::showRow(int index)
{
    const Row &row = m_rows[std::size_t(index)];
    using F = ReadingFigures;
    const QStringList texts{
        row.key.series,
        beforeAndAfter(row.before, row.after, [](const F &f) { return f.mean(); }),
        changeText(row.before, row.after),
        beforeAndAfter(row.before, row.after, [](const F &f) { return f.low; }),
        beforeAndAfter(row.before, row.after, [](const F &f) { return f.high; }),
        beforeAndAfter(row.before, row.after, [](const F &f) { return f.rate(); }),
        QStringLiteral("%L1 → %L2").arg(row.before.count).arg(row.after.count)};
    for (int column = 0; column < texts.size(); ++column) {
        auto *item = new QTableWidgetItem(texts[column]);
        item->setTextAlignment(Qt::AlignVCenter | (column == 0 ? Qt::AlignLeft : Qt::AlignRight));
        m_table->setItem(index, column, item);
    }
}

} // namespace device
