#include "app/ide/devicefilesmodel.h"

#include "app/ide/theme.h"

#include <QCollator>
#include <QDateTime>

#include <algorithm>

namespace app {

using device::RemoteFile;

namespace {

QIcon fileIcon(const RemoteFile &file)
{
    const Theme &theme = Theme::instance();
    const Tokens &t = theme.tokens();
    if (file.kind == RemoteFile::Kind::Link)
        return theme.icon(QStringLiteral("link"), file.leadsToFolder ? t.accent : t.quiet);
    if (file.isFolder())
        return theme.icon(QStringLiteral("document-open-folder"), t.accent);
    return theme.icon(QStringLiteral("document-new"), t.quiet);
}

QString fileSizeText(const RemoteFile &file)
{
    if (file.isFolder() || file.kind == RemoteFile::Kind::Other)
        return {};
    return device::shownSize(file.size);
}

QString fileToolTip(const RemoteFile &file)
{
    const QString name = device::shownName(file.name);
    if (file.kind != RemoteFile::Kind::Link)
        return name;
    return DeviceFilesModel::tr("%1, a link to %2").arg(name, device::shownName(file.target));
}

} // namespace

void DeviceFilesModel::setFiles(std::vector<RemoteFile> files)
{
    beginResetModel();
    m_files = std::move(files);
    arrange();
    endResetModel();
}

void DeviceFilesModel::setShowsHidden(bool shows)
{
    beginResetModel();
    m_showsHidden = shows;
    arrange();
    endResetModel();
}

void DeviceFilesModel::sort(int column, Qt::SortOrder order)
{
    beginResetModel();
    m_column = column;
    m_order = order;
    arrange();
    endResetModel();
}

void DeviceFilesModel::arrange()
{
    m_rows.clear();
    for (std::size_t i = 0; i < m_files.size(); ++i)
        if (m_showsHidden || !m_files[i].isHidden())
            m_rows.push_back(i);
    QLocale locale;
    if (locale.language() == QLocale::C) // which knows no order but that of bytes
        locale = QLocale(QLocale::English);
    QCollator collator(locale);
    collator.setNumericMode(true);
    collator.setCaseSensitivity(Qt::CaseInsensitive);
    std::vector<QCollatorSortKey> keys;
    for (const RemoteFile &file : m_files)
        keys.push_back(collator.sortKey(device::shownName(file.name)));
    const auto compared = [&](std::size_t a, std::size_t b) -> int {
        const auto order = [](auto left, auto right) { return left < right ? -1 : right < left; };
        const RemoteFile &left = m_files[a], &right = m_files[b];
        switch (m_column) {
        case Size: return order(left.size, right.size);
        case Changed: return order(left.modified, right.modified);
        case Permissions: return order(left.mode, right.mode);
        case Owner: return left.owner.compare(right.owner);
        default: return 0;
        }
    };
    std::ranges::sort(m_rows, [&](std::size_t a, std::size_t b) {
        if (m_files[a].isFolder() != m_files[b].isFolder())
            return m_files[a].isFolder();
        int result = compared(a, b);
        if (result == 0)
            result = keys[a].compare(keys[b]);
        if (result == 0)
            return m_files[a].name < m_files[b].name;
        return m_order == Qt::AscendingOrder ? result < 0 : result > 0;
    });
}

const RemoteFile &DeviceFilesModel::file(int row) const
{
    return m_files[m_rows[std::size_t(row)]];
}

int DeviceFilesModel::rowOf(const QByteArray &name) const
{
    for (int row = 0; row < rowCount(); ++row)
        if (file(row).name == name)
            return row;
    return -1;
}

int DeviceFilesModel::hiddenCount() const
{
    return int(m_files.size() - m_rows.size());
}

int DeviceFilesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int DeviceFilesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DeviceFilesModel::data(const QModelIndex &index, int role) const
{
    const RemoteFile &shown = file(index.row());
    if (index.column() == Name) {
        switch (role) {
        case Qt::DisplayRole:
        case Qt::EditRole: return device::shownName(shown.name);
        case Qt::DecorationRole: return fileIcon(shown);
        case Qt::ToolTipRole: return fileToolTip(shown);
        default: return {};
        }
    }
    switch (role) {
    case Qt::FontRole:
        return index.column() == Owner ? QVariant() : QVariant(Theme::instance().numberFont());
    case Qt::ForegroundRole: return Theme::instance().tokens().quiet;
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (index.column() == Size ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::DisplayRole: break;
    default: return {};
    }
    switch (index.column()) {
    case Size: return fileSizeText(shown);
    case Changed:
        return QDateTime::fromSecsSinceEpoch(shown.modified)
            .toString(QStringLiteral("yyyy-MM-dd HH:mm"));
    case Permissions: return device::permissionText(shown);
    case Owner: return shown.owner;
    default: return {};
    }
}

QVariant DeviceFilesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (section == Size ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    const QString heads[] = {tr("Name"), tr("Size"), tr("Changed"), tr("Permissions"), tr("Owner")};
    return heads[section];
}

Qt::ItemFlags DeviceFilesModel::flags(const QModelIndex &index) const
{
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (!index.isValid())
        return flags;
    return flags | Qt::ItemNeverHasChildren |
           (index.column() == Name ? Qt::ItemIsEditable : Qt::NoItemFlags);
}

bool DeviceFilesModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    const QString shown = data(index, Qt::EditRole).toString();
    const QByteArray to = value.toString().toUtf8();
    // A name that is no text comes back changed from the editor though nobody changed it.
    if (role != Qt::EditRole || value.toString() == shown || !device::isEntryName(to))
        return false;
    Q_EMIT renameRequested(file(index.row()).name, to);
    return true;
}

} // namespace app
