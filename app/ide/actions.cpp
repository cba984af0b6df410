#include "app/ide/actions.h"

#include "app/ide/theme.h"

#include <QWidget>

namespace app {

Actions::Actions(QWidget *window) : QObject(window), m_window(window)
{
    connect(&Theme::instance(), &Theme::changed, this, &Actions::applyIcons);
}

QAction *Actions::add(const QString &id, const QString &text, std::function<void()> act,
                      const QKeySequence &keys, const QString &icon)
{
    Q_ASSERT(!m_byId.contains(id));
    auto *action = new QAction(text, m_window);
    action->setObjectName(id);
    action->setShortcut(keys);
    connect(action, &QAction::triggered, this, std::move(act));
    m_window->addAction(action);
    m_byId[id] = action;
    m_icons[id] = icon;
    m_all.push_back(action);
    if (!icon.isEmpty())
        action->setIcon(Theme::instance().icon(icon));
    return action;
}

void Actions::adopt(QAction *action)
{
    m_byId[action->objectName()] = action;
    m_all.push_back(action);
}

void Actions::setIcon(const QString &id, const QString &icon)
{
    m_icons[id] = icon;
    m_byId.at(id)->setIcon(Theme::instance().icon(icon));
}

QAction *Actions::operator[](const QString &id) const
{
    return m_byId.at(id);
}

void Actions::applyIcons()
{
    for (const auto &[id, icon] : m_icons)
        if (!icon.isEmpty())
            m_byId.at(id)->setIcon(Theme::instance().icon(icon));
}

} // namespace app
