#include "editor/ui/noticebar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include <utility>

namespace editor {

NoticeBar::NoticeBar(QWidget *parent)
    : QWidget(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_row(new QHBoxLayout(this))
{
    setObjectName(QStringLiteral("noticeBar"));
    setAttribute(Qt::WA_StyledBackground);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_row->setContentsMargins(12, 6, 8, 7);
    m_row->setSpacing(8);
    m_row->addWidget(m_icon);
    m_row->addWidget(m_text, 1);
    hide();
}

void NoticeBar::setTheme(const EditorTheme &theme)
{
    m_theme = theme;
    showGlyph();
}

void NoticeBar::tell(Glyph glyph, const QString &text, const QList<Choice> &choices)
{
    qDeleteAll(std::exchange(m_buttons, {}));
    m_glyph = glyph;
    showGlyph();
    m_text->setText(text);
    setAccessibleName(text);
    for (const Choice &choice : choices) {
        auto *button = new QPushButton(choice.text, this);
        button->setFixedHeight(28);
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this, [this, chosen = choice.chosen] {
            hide();
            if (chosen)
                chosen();
        });
        m_row->addWidget(button);
        m_buttons.append(button);
    }
    show();
}

QString NoticeBar::text() const
{
    return isHidden() ? QString() : m_text->text();
}

void NoticeBar::showGlyph()
{
    m_icon->setPixmap(glyphIcon(m_glyph, m_theme.warn, m_theme.disabled)
                          .pixmap(QSize(16, 16), devicePixelRatioF()));
}

} // namespace editor
