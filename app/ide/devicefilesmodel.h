#pragma once

#include "device-manager/core/remotefile.h"

#include <QAbstractTableModel>

#include <vector>

namespace app {

/// The files of a folder of a device, folders first, in the order that was asked for. Presents;
/// a name that the user types is told by renameRequested(), not changed here.
class DeviceFilesModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Size, Changed, Permissions, Owner, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setFiles(std::vector<device::RemoteFile> files);
    void setShowsHidden(bool shows);
    [[nodiscard]] const device::RemoteFile &file(int row) const;
    [[nodiscard]] int rowOf(const QByteArray &name) const; ///< -1: it is not shown.
    [[nodiscard]] int hiddenCount() const;                 ///< Of those that are not shown.

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    void sort(int column, Qt::SortOrder order) override;

Q_SIGNALS:
    void renameRequested(const QByteArray &name, const QByteArray &to);

private:
    void arrange();

    std::vector<device::RemoteFile> m_files;
    std::vector<std::size_t> m_rows; ///< Places in m_files.
    bool m_showsHidden = false;
    int m_column = Name;
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

} // namespace app
