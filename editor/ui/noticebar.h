#pragma once

#include "editor/ui/editortheme.h"
#include "editor/ui/glyphs.h"

#include <QWidget>

#include <functional>

class QHBoxLayout;
class QLabel;

namespace editor {

/// A strip above the text that tells something about the file and offers what can be done.
class NoticeBar final : public QWidget
{
    Q_OBJECT

public:
    struct Choice {
        QString text;
        std::function<void()> chosen; ///< The bar is hidden before.
    };

    explicit NoticeBar(QWidget *parent = nullptr);
    void setTheme(const EditorTheme &theme);
    void tell(Glyph glyph, const QString &text, const QList<Choice> &choices);
    [[nodiscard]] QString text() const;

private:
    void showGlyph();

    EditorTheme m_theme;
    Glyph m_glyph = Glyph::Warning;
    QLabel *m_icon;
    QLabel *m_text;
    QHBoxLayout *m_row;
    QList<QWidget *> m_buttons;
};

} // namespace editor
