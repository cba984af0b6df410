#pragma once

#include <QComboBox>
#include <QWidget>

#include <vector>

class QLabel;
class QProgressBar;
class QPushButton;

namespace app {

/// One line of a list in the run bar.
struct Choice {
    QString id;
    QString text;
    QIcon icon;
};

/// The sentence at the top of the window: function with event on target, what can be done with it,
/// and what is going on.
class RunBar final : public QWidget
{
    Q_OBJECT

public:
    explicit RunBar(QWidget *parent = nullptr);

    void setFunctions(const std::vector<Choice> &choices, const QString &current);
    void setEvents(const std::vector<Choice> &choices, const QString &current);
    void setTargets(const std::vector<Choice> &choices, const QString &current);
    /// The word of the last button: "Serve", "Push" or "Deploy".
    void setPutWord(const QString &word, const QString &iconName, const QString &toolTip);
    /// Why nothing can be run now, or empty.
    void setHindrance(const QString &reason);
    void setActivity(const QString &text, bool busy);
    void setStoppable(bool stoppable);
    void setDebuggable(bool debuggable, const QString &reason);

Q_SIGNALS:
    void functionChosen(const QString &id);
    void eventChosen(const QString &id);
    void targetChosen(const QString &id);
    void runRequested();
    void debugRequested();
    void putRequested();
    void stopRequested();

private:
    QComboBox *addList(const QString &name, void (RunBar::*signal)(const QString &));
    QPushButton *addButton(const QString &text, void (RunBar::*signal)());
    void applyIcons();

    QComboBox *m_function;
    QComboBox *m_event;
    QComboBox *m_target;
    QPushButton *m_run;
    QPushButton *m_debug;
    QPushButton *m_put;
    QPushButton *m_stop;
    QLabel *m_activity;
    QProgressBar *m_progress;
    QString m_putIcon;
    QString m_hindrance;
};

} // namespace app
