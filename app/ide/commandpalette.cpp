#include "app/ide/commandpalette.h"

#include "app/ide/theme.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace app {

namespace {

QString plainText(const QAction &action)
{
    return action.text().remove(QLatin1Char('&')).section(QLatin1Char('\t'), 0, 0);
}

} // namespace

CommandPalette::CommandPalette(QWidget *window)
    : QFrame(window), m_input(new QLineEdit(this)), m_list(new QTreeWidget(this))
{
    setObjectName(QStringLiteral("palette"));
    setAttribute(Qt::WA_StyledBackground);
    m_input->setPlaceholderText(tr("Type what you want to do"));
    m_input->setAccessibleName(tr("Command"));
    m_input->installEventFilter(this);
    m_list->setAccessibleName(tr("Commands"));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setColumnCount(2);
    m_list->setHeaderHidden(true);
    m_list->setRootIsDecorated(false);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(space::s, space::s, space::s, space::s);
    column->setSpacing(space::xs);
    column->addWidget(m_input);
    column->addWidget(m_list);
    connect(m_input, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_list, &QTreeWidget::itemClicked, this, &CommandPalette::choose);
    hide();
}

void CommandPalette::open(const std::vector<QAction *> &actions)
{
    m_actions = actions;
    m_input->clear();
    filter({});
    const int width = qMin(560, parentWidget()->width() - 2 * space::xl);
    setGeometry((parentWidget()->width() - width) / 2, 72, width, 360);
    show();
    raise();
    m_input->setFocus();
}

void CommandPalette::filter(const QString &text)
{
    std::vector<std::pair<int, QAction *>> found;
    for (QAction *action : m_actions)
        if (const int score = matchScore(text, plainText(*action));
            score >= 0 && action->isEnabled())
            found.emplace_back(score, action);
    std::ranges::stable_sort(found, std::ranges::greater(), &std::pair<int, QAction *>::first);
    m_list->clear();
    for (const auto &[score, action] : found) {
        const QString name = plainText(*action);
        const QString keys = action->shortcut().isEmpty()
                                 ? action->text().section(QLatin1Char('\t'), 1)
                                 : action->shortcut().toString(QKeySequence::NativeText);
        auto *item = new QTreeWidgetItem(m_list, {name, keys});
        item->setForeground(1, Theme::instance().tokens().quiet);
        item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
        item->setData(0, Qt::UserRole, QVariant::fromValue(static_cast<QObject *>(action)));
    }
    m_list->setCurrentItem(m_list->topLevelItem(0));
}

void CommandPalette::choose()
{
    QTreeWidgetItem *item = m_list->currentItem();
    hide();
    if (!item)
        return;
    if (auto *action = qobject_cast<QAction *>(item->data(0, Qt::UserRole).value<QObject *>()))
        action->trigger();
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusOut) {
        hide();
    } else if (event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
        const auto moveTo = [this](int wanted) {
            const int last = m_list->topLevelItemCount() - 1;
            m_list->setCurrentItem(m_list->topLevelItem(qBound(0, wanted, last)));
        };
        switch (key->key()) {
        case Qt::Key_Escape: hide(); return true;
        case Qt::Key_Return:
        case Qt::Key_Enter: choose(); return true;
        case Qt::Key_Down: moveTo(row + 1); return true;
        case Qt::Key_Up: moveTo(row - 1); return true;
        default: break;
        }
    }
    return QFrame::eventFilter(watched, event);
}

int matchScore(const QString &typed, const QString &text)
{
    int score = 0;
    qsizetype at = 0;
    qsizetype last = -2;
    for (const QChar c : typed) {
        if (c.isSpace())
            continue;
        at = text.indexOf(c, at, Qt::CaseInsensitive);
        if (at < 0)
            return -1;
        score += 10 - int(qMin<qsizetype>(at / 4, 5));
        if (at == last + 1)
            score += 8;
        if (at == 0 || !text.at(at - 1).isLetterOrNumber())
            score += 6;
        last = at++;
    }
    return score;
}

} // namespace app
