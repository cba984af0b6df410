#pragma once

#include <QAction>
#include <QKeySequence>
#include <QObject>

#include <functional>
#include <map>
#include <vector>

namespace app {

/// Every action of the window: a name, a shortcut, an icon and what it does, made once in one list.
/// Menus, the palette and the tour take them from here.
class Actions final : public QObject
{
    Q_OBJECT

public:
    explicit Actions(QWidget *window);

    QAction *add(const QString &id, const QString &text, std::function<void()> act,
                 const QKeySequence &keys = {}, const QString &icon = {});
    /// Takes up an action that a view made, under its object name.
    void adopt(QAction *action);
    void setIcon(const QString &id, const QString &icon);
    [[nodiscard]] QAction *operator[](const QString &id) const;
    [[nodiscard]] const std::vector<QAction *> &all() const { return m_all; }

private:
    void applyIcons();

    QWidget *m_window;
    std::map<QString, QAction *> m_byId;
    std::map<QString, QString> m_icons;
    std::vector<QAction *> m_all;
};

} // namespace app
