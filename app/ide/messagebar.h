#pragma once

#include "app/errors/usermessage.h"

#include <QWidget>

#include <functional>

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QToolButton;

namespace app {

/// Where failures are told: between the run bar and the editor, never over the work. Shows one
/// message at a time, the newest; it stays until closed or until something else is told.
class MessageBar final : public QWidget
{
    Q_OBJECT

public:
    explicit MessageBar(QWidget *parent = nullptr);

    enum class Kind { Failure, Question, Notice };
    /// \a act runs when the message's action is pressed. An empty title shows nothing.
    void show(const UserMessage &message, std::function<void()> act = {},
              Kind kind = Kind::Failure);
    void dismiss();
    [[nodiscard]] QString title() const;

private:
    void toggleDetails();

    QLabel *m_mark;
    QLabel *m_title;
    QLabel *m_text;
    QPushButton *m_action;
    QToolButton *m_more;
    QPushButton *m_copy;
    QPlainTextEdit *m_details;
    std::function<void()> m_act;
};

} // namespace app
