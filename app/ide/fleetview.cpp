#include "app/ide/fleetview.h"

#include "app/errors/usermessage.h"
#include "app/ide/theme.h"

#include <QHeaderView>
#include <QLocale>

namespace app {

using device::FleetRow;

namespace {

enum FleetColumn { DeviceColumn, VersionColumn, BytesColumn, TimeColumn, ResultColumn };

std::pair<Theme::Mark, QColor> markOfRow(const FleetRow &row)
{
    const Tokens &t = Theme::instance().tokens();
    switch (row.state) {
    case FleetRow::State::Done: return {Theme::Mark::On, t.good};
    case FleetRow::State::Failed: return {Theme::Mark::Attention, t.bad};
    case FleetRow::State::RolledBack:
    case FleetRow::State::Cancelled: return {Theme::Mark::Attention, t.warn};
    case FleetRow::State::Waiting:
    case FleetRow::State::Untouched: return {Theme::Mark::Off, t.quiet};
    default: return {Theme::Mark::Half, t.info};
    }
}

QString wordsOfRow(const FleetRow &row)
{
    const QString fault = row.error ? describe(*row.error).title : QString();
    switch (row.state) {
    case FleetRow::State::Waiting: return FleetView::tr("waits for the first one");
    case FleetRow::State::Connecting: return FleetView::tr("connecting");
    case FleetRow::State::Installing: return FleetView::tr("installing the runtime");
    case FleetRow::State::Packing: return QString::fromStdString(row.step);
    case FleetRow::State::Pushing: return FleetView::tr("pushing");
    case FleetRow::State::Watching:
        return FleetView::tr("serves, watched: %1 invocations").arg(row.watched);
    case FleetRow::State::Done:
        return row.report.changed ? FleetView::tr("serves") : FleetView::tr("unchanged");
    case FleetRow::State::Failed: return fault;
    case FleetRow::State::RolledBack:
        return fault.isEmpty() ? FleetView::tr("rolled back")
                               : FleetView::tr("%1, rolled back").arg(fault);
    case FleetRow::State::Untouched: return FleetView::tr("not touched");
    case FleetRow::State::Cancelled:
        return row.isSure ? FleetView::tr("cancelled; the version before serves")
                          : FleetView::tr("cancelled; the old or the new version serves");
    }
    return {};
}

} // namespace

FleetView::FleetView(QWidget *parent) : QTreeWidget(parent)
{
    setObjectName(QStringLiteral("fleet"));
    setAccessibleName(tr("Push to several devices"));
    setHeaderLabels({tr("Device"), tr("Version"), tr("Sent, bytes"), tr("Time, ms"), tr("Result")});
    for (const int column : {VersionColumn, BytesColumn, TimeColumn})
        headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    setRootIsDecorated(false);
    header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    connect(&Theme::instance(), &Theme::changed, this, &FleetView::rebuild);
    rebuild();
}

void FleetView::setRows(const std::vector<FleetRow> &rows)
{
    m_rows = rows;
    rebuild();
}

void FleetView::rebuild()
{
    clear();
    const Theme &theme = Theme::instance();
    for (const FleetRow &row : m_rows) {
        const bool wasPushed = !row.report.bundle.empty();
        auto *item = new QTreeWidgetItem(this);
        item->setText(DeviceColumn, QString::fromStdString(row.device));
        const auto [mark, color] = markOfRow(row);
        item->setIcon(DeviceColumn, theme.mark(mark, color));
        if (row.version > 0)
            item->setText(VersionColumn, QString::number(row.version));
        if (wasPushed) {
            item->setText(BytesColumn, QLocale().toString(qulonglong(row.report.bytesSent)));
            item->setText(TimeColumn, QLocale().toString(row.report.ms, 'f', 0));
        }
        item->setText(ResultColumn, wordsOfRow(row));
        if (row.error)
            item->setToolTip(ResultColumn, describe(*row.error).text);
        for (const int column : {VersionColumn, BytesColumn, TimeColumn}) {
            item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
            item->setFont(column, theme.numberFont());
        }
    }
    if (m_rows.empty()) {
        auto *item = new QTreeWidgetItem(this, {tr("Choose a group as the target and push to it")});
        item->setFirstColumnSpanned(true);
        item->setForeground(0, theme.tokens().quiet);
        item->setFlags(Qt::NoItemFlags);
    }
}

} // namespace app
