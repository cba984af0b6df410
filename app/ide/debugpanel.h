#pragma once

#include "runtime-bridge/debug/debugsession.h"

#include <QWidget>

#include <set>

class QAction;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QTreeWidget;
class QTreeWidgetItem;

namespace app {

/// Stack, variables and a line to evaluate in, for the session it is given. Fetches children of a
/// variable when it is opened.
class DebugPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit DebugPanel(QWidget *parent = nullptr);

    /// The steps, as buttons above the stack.
    void setActions(const std::vector<QAction *> &actions);
    /// Null: nothing is debugged.
    void setSession(runtime::DebugSession *session);
    /// Locals of the chosen frame, "name" → value, for the tests and the tour.
    [[nodiscard]] QMap<QString, QString> shownVariables() const;
    void evaluate(const QString &expression);
    [[nodiscard]] QString consoleText() const;

Q_SIGNALS:
    void variablesShown(const QMap<QString, QString> &values);
    void placeActivated(const QString &file, int line);

private:
    void onStopped();
    void onFrame(int row);
    void clear();
    void fill(QTreeWidgetItem *parent, const std::vector<runtime::Variable> &variables);
    void onExpanded(QTreeWidgetItem *item);
    void addLine(const QString &text, bool isError = false);

    runtime::DebugSession *m_session = nullptr;
    QHBoxLayout *m_buttons;
    QLabel *m_hint;
    QListWidget *m_stack;
    QTreeWidget *m_variables;
    QPlainTextEdit *m_console;
    QLineEdit *m_input;
    int m_frame = 0;
    std::uint64_t m_asked = 0; ///< Latest wins: answers for a former frame are dropped.
};

} // namespace app
