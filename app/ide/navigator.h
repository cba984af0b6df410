#pragma once

#include "runtime-bridge/protocol/messages.h"

#include <QIcon>
#include <QTreeView>

#include <functional>
#include <vector>

class QStandardItem;
class QStandardItemModel;

namespace app {

/// One row of the left side.
struct NavigatorRow {
    QString id; ///< What is told when it is activated.
    QString text;
    QString secondary; ///< At the right: state, latency, count.
    QIcon icon;
    bool attention = false; ///< The secondary text in the warning colour.
    std::vector<NavigatorRow> children;
    QString hint{}; ///< Shown when the mouse rests there; empty: the texts.
};

/// The left side: application, devices, controllers, each under a head in small capitals. Shows the
/// rows it is given and tells what is chosen; a section that is empty offers its first step.
class Navigator final : public QTreeView
{
    Q_OBJECT

public:
    enum Section { ApplicationSection, DeviceSection, ControllerSection, SectionCount };

    explicit Navigator(QWidget *parent = nullptr);

    /// Keeps selection and folding where rows with the same ids stay.
    void setRows(Section section, const std::vector<NavigatorRow> &rows);

Q_SIGNALS:
    void activatedId(const QString &id);
    void openedId(const QString &id); ///< By a double click or Enter; activatedId() came before.
    void menuRequested(const QString &id, const QPoint &globalPosition);

private:
    void update(QStandardItem *parent, const std::vector<NavigatorRow> &rows);

    QStandardItemModel *m_model;
};

} // namespace app
