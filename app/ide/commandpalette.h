#pragma once

#include <QAction>
#include <QFrame>

#include <vector>

class QLineEdit;
class QTreeWidget;

namespace app {

/// Every action of the window by its name, found by a few letters. Opens over the window's centre,
/// closes on Esc, on choosing, or when something else takes the focus.
class CommandPalette final : public QFrame
{
    Q_OBJECT

public:
    explicit CommandPalette(QWidget *window);

    void open(const std::vector<QAction *> &actions);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void filter(const QString &text);
    void choose();

    QLineEdit *m_input;
    QTreeWidget *m_list;
    std::vector<QAction *> m_actions;
};

/// How well \a text fits what was typed: every typed letter in order; early, joined and word-first
/// letters count more. Below 0: does not fit.
[[nodiscard]] int matchScore(const QString &typed, const QString &text);

} // namespace app
