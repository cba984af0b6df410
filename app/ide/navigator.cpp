#include "app/ide/navigator.h"

#include "app/ide/theme.h"

#include <QHeaderView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>

namespace app {

namespace {

enum Role { IdRole = Qt::UserRole + 1, SecondaryRole, AttentionRole, HeadRole };

/// Draws heads in small capitals and the secondary text at the right edge.
class RowDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const override
    {
        return {120, index.data(HeadRole).toBool() ? 30 : space::row + 2};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const Tokens &t = Theme::instance().tokens();
        if (index.data(HeadRole).toBool()) {
            QFont font = option.font;
            font.setPointSizeF(8.5);
            font.setWeight(QFont::DemiBold);
            font.setLetterSpacing(QFont::AbsoluteSpacing, 1);
            painter->save();
            painter->setFont(font);
            painter->setPen(t.quiet);
            painter->drawText(option.rect.adjusted(space::m, 8, 0, 0),
                              Qt::AlignLeft | Qt::AlignVCenter, index.data().toString());
            painter->restore();
            return;
        }
        const QString secondary = index.data(SecondaryRole).toString();
        QStyleOptionViewItem inner = option;
        QFont small = option.font;
        small.setPointSizeF(option.font.pointSizeF() - 1);
        const int width =
            secondary.isEmpty() ? 0 : QFontMetrics(small).horizontalAdvance(secondary) + space::l;
        initStyleOption(&inner, index);
        const QString text = inner.text;
        inner.text.clear();
        const QIcon icon = inner.icon;
        inner.icon = {};
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &inner, painter,
                                            option.widget);
        QRect rect = option.rect;
        icon.paint(painter, QRect(rect.left() + 2, rect.top() + (rect.height() - 16) / 2, 16, 16));
        const int left = icon.isNull() ? space::xs : 24;
        painter->save();
        painter->setPen(inner.state & QStyle::State_Enabled ? t.text : t.quiet);
        const QRect words = rect.adjusted(left, 0, -width, 0);
        painter->drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                          option.fontMetrics.elidedText(text, Qt::ElideMiddle, words.width()));
        painter->setFont(small);
        painter->setPen(index.data(AttentionRole).toBool() ? t.warn : t.quiet);
        painter->drawText(rect.adjusted(0, 0, -space::s, 0), Qt::AlignRight | Qt::AlignVCenter,
                          secondary);
        painter->restore();
    }
};

} // namespace

Navigator::Navigator(QWidget *parent) : QTreeView(parent), m_model(new QStandardItemModel(this))
{
    setObjectName(QStringLiteral("navigator"));
    setAccessibleName(tr("Application, devices and controllers"));
    setModel(m_model);
    setItemDelegate(new RowDelegate(this));
    setHeaderHidden(true);
    setRootIsDecorated(false);
    setIndentation(14);
    setEditTriggers(NoEditTriggers);
    setExpandsOnDoubleClick(false);
    setContextMenuPolicy(Qt::CustomContextMenu);
    for (const QString &head : {tr("APPLICATION"), tr("DEVICES"), tr("CONTROLLERS")}) {
        auto *item = new QStandardItem(head);
        item->setData(true, HeadRole);
        item->setFlags(Qt::ItemIsEnabled);
        m_model->appendRow(item);
        setExpanded(item->index(), true);
    }
    connect(this, &QTreeView::activated, this, [this](const QModelIndex &index) {
        if (const QString id = index.data(IdRole).toString(); !id.isEmpty()) {
            Q_EMIT activatedId(id);
            Q_EMIT openedId(id);
        }
    });
    connect(this, &QTreeView::clicked, this, [this](const QModelIndex &index) {
        if (const QString id = index.data(IdRole).toString(); !id.isEmpty())
            Q_EMIT activatedId(id);
    });
    connect(this, &QWidget::customContextMenuRequested, this, [this](const QPoint &where) {
        if (const QString id = indexAt(where).data(IdRole).toString(); !id.isEmpty())
            Q_EMIT menuRequested(id, viewport()->mapToGlobal(where));
    });
}

void Navigator::setRows(Section section, const std::vector<NavigatorRow> &rows)
{
    update(m_model->item(section), rows);
}

void Navigator::update(QStandardItem *parent, const std::vector<NavigatorRow> &rows)
{
    while (parent->rowCount() > int(rows.size()))
        parent->removeRow(parent->rowCount() - 1);
    for (int i = 0; i < int(rows.size()); ++i) {
        const NavigatorRow &row = rows[std::size_t(i)];
        QStandardItem *item = parent->child(i);
        const bool fresh = !item;
        if (fresh) {
            item = new QStandardItem;
            parent->appendRow(item);
        }
        item->setText(row.text);
        item->setIcon(row.icon);
        item->setToolTip(!row.hint.isEmpty() ? row.hint
                         : row.secondary.isEmpty()
                             ? row.text
                             : row.text + QStringLiteral(" — ") + row.secondary);
        item->setData(row.id, IdRole);
        item->setData(row.secondary, SecondaryRole);
        item->setData(row.attention, AttentionRole);
        update(item, row.children);
        if (fresh)
            setExpanded(item->index(), true);
    }
}

} // namespace app
