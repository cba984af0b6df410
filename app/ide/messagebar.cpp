#include "app/ide/messagebar.h"

#include "app/ide/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QToolButton>

namespace app {

MessageBar::MessageBar(QWidget *parent)
    : QWidget(parent)
    , m_mark(new QLabel(this))
    , m_title(new QLabel(this))
    , m_text(new QLabel(this))
    , m_action(new QPushButton(this))
    , m_more(new QToolButton(this))
    , m_copy(new QPushButton(tr("Copy details"), this))
    , m_details(new QPlainTextEdit(this))
{
    setObjectName(QStringLiteral("messageBar"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Messages"));
    m_title->setProperty("role", QStringLiteral("subtitle"));
    m_text->setProperty("role", QStringLiteral("quiet"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_more->setText(tr("Details"));
    m_more->setCheckable(true);
    m_details->setReadOnly(true);
    m_details->setMaximumHeight(96);
    m_details->setFont(Theme::instance().codeFont());
    m_details->setAccessibleName(tr("Details of the message"));
    m_copy->setProperty("role", QStringLiteral("plain"));
    auto *close = new QToolButton(this);
    close->setText(QStringLiteral("✕"));
    close->setToolTip(tr("Close (Esc)"));
    close->setAccessibleName(tr("Close the message"));
    close->setShortcut(Qt::Key_Escape);

    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_title);
    words->addWidget(m_text);
    auto *row = new QHBoxLayout;
    row->setSpacing(space::m);
    row->addWidget(m_mark, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    row->addWidget(m_more, 0, Qt::AlignVCenter);
    row->addWidget(m_copy, 0, Qt::AlignVCenter);
    row->addWidget(m_action, 0, Qt::AlignVCenter);
    row->addWidget(close, 0, Qt::AlignTop);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(space::l, space::s, space::s, space::s);
    column->addLayout(row);
    column->addWidget(m_details);

    connect(close, &QToolButton::clicked, this, &MessageBar::dismiss);
    connect(m_more, &QToolButton::toggled, this, &MessageBar::toggleDetails);
    connect(m_copy, &QPushButton::clicked, this,
            [this] { QApplication::clipboard()->setText(m_details->toPlainText()); });
    connect(m_action, &QPushButton::clicked, this, [this] {
        const auto act = std::exchange(m_act, {});
        dismiss();
        if (act)
            act();
    });
    hide();
}

void MessageBar::show(const UserMessage &message, std::function<void()> act, Kind kind)
{
    if (message.title.isEmpty())
        return;
    const Tokens &t = Theme::instance().tokens();
    const QColor tint = kind == Kind::Failure ? t.bad : kind == Kind::Question ? t.warn : t.info;
    const Theme::Mark mark = kind == Kind::Notice ? Theme::Mark::On : Theme::Mark::Attention;
    m_mark->setPixmap(Theme::instance().mark(mark, tint).pixmap(16, 16));
    m_title->setText(message.title);
    m_text->setText(message.text);
    m_text->setVisible(!message.text.isEmpty());
    m_act = std::move(act);
    m_action->setText(message.action);
    m_action->setVisible(m_act && !message.action.isEmpty());
    m_details->setPlainText(message.details);
    m_more->setChecked(false);
    m_more->setVisible(!message.details.isEmpty());
    toggleDetails();
    setVisible(true);
}

void MessageBar::dismiss()
{
    m_act = {};
    hide();
}

QString MessageBar::title() const
{
    return isHidden() ? QString() : m_title->text();
}

void MessageBar::toggleDetails()
{
    const bool open = m_more->isChecked();
    m_details->setVisible(open);
    m_copy->setVisible(open);
}

} // namespace app
