#include "editor/ui/editortheme.h"

#include "editor/ui/codefont.h"

#include <QFontDatabase>

#include <utility>

namespace editor {

EditorTheme EditorTheme::light()
{
    EditorTheme theme;
    theme.surface = QColor(0xFFFFFF);
    theme.panel = QColor(0xF5F6F8);
    theme.raised = QColor(0xFFFFFF);
    theme.line = QColor(0xDDE1E6);
    theme.text = QColor(0x1C2430);
    theme.quiet = QColor(0x56616F);
    theme.disabled = QColor(0x98A1AC);
    theme.accent = QColor(0x0F766E);
    theme.onAccent = QColor(0xFFFFFF);
    theme.selection = QColor(0xCDEBE7);
    theme.good = QColor(0x15803D);
    theme.warn = QColor(0xA65A00);
    theme.bad = QColor(0xB4232A);
    theme.info = QColor(0x1F5FBF);
    theme.keyword = QColor(0x7A3E9D);
    theme.string = QColor(0x2E6B3C);
    theme.number = QColor(0xA0430A);
    theme.comment = QColor(0x626C78);
    theme.function = QColor(0x1F5FBF);
    theme.decorator = QColor(0x8A5A00);
    theme.key = QColor(0x0B6B75);
    theme.currentLine = QColor(0xF0F4F6);
    theme.executionLine = QColor(0xFDF1D3);
    theme.match = QColor(0xFBE7A1);
    theme.guide = QColor(0xE6E9ED);
    theme.lineNumber = QColor(0x8A939E);
    theme.breakpoint = QColor(0xC9343B);
    theme.executionMark = QColor(0xC47A00);
    theme.font = codeFont();
    return theme;
}

EditorTheme EditorTheme::dark()
{
    EditorTheme theme;
    theme.surface = QColor(0x1B1F24);
    theme.panel = QColor(0x22272E);
    theme.raised = QColor(0x2B313A);
    theme.line = QColor(0x363D47);
    theme.text = QColor(0xE4E8EC);
    theme.quiet = QColor(0x9BA6B2);
    theme.disabled = QColor(0x66707C);
    theme.accent = QColor(0x2DB5A6);
    theme.onAccent = QColor(0x0B1F1D);
    theme.selection = QColor(0x17443F);
    theme.good = QColor(0x4ADE80);
    theme.warn = QColor(0xF2B24C);
    theme.bad = QColor(0xF47174);
    theme.info = QColor(0x7FB2FF);
    theme.keyword = QColor(0xC9A5EB);
    theme.string = QColor(0x9ECB8A);
    theme.number = QColor(0xEFA97A);
    theme.comment = QColor(0x8F9AA8);
    theme.function = QColor(0x8FBAFF);
    theme.decorator = QColor(0xE3BE76);
    theme.key = QColor(0x69C7CC);
    theme.currentLine = QColor(0x21262D);
    theme.executionLine = QColor(0x332E1E);
    theme.match = QColor(0x544719);
    theme.guide = QColor(0x2B3139);
    theme.lineNumber = QColor(0x6C7683);
    theme.breakpoint = QColor(0xF0616A);
    theme.executionMark = QColor(0xF2B24C);
    theme.font = codeFont();
    return theme;
}

QFont EditorTheme::codeFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    const QStringList installed = QFontDatabase::families();
    for (const QString &family :
         {QStringLiteral("JetBrains Mono"), QStringLiteral("Cascadia Mono")}) {
        if (installed.contains(family)) {
            font = QFont(familyWithoutLigatures(family));
            break;
        }
    }
    font.setPointSizeF(10.5);
    font.setFixedPitch(true);
    font.setStyleHint(QFont::Monospace);
    return font;
}

QString EditorTheme::styleSheet() const
{
    // Between line and disabled: a handle is seen when looked for.
    const QColor thumb((line.red() + disabled.red()) / 2, (line.green() + disabled.green()) / 2,
                       (line.blue() + disabled.blue()) / 2);
    QString sheet = QStringLiteral(R"(
#editorTabBar { background: @panel; border: none; }
#editorTabBar::tab { background: @panel; color: @quiet; border: none;
    border-right: 1px solid @line; border-bottom: 1px solid @line; border-top: 2px solid @panel;
    padding: 0 6px 0 12px; }
#editorTabBar::tab:hover { color: @text; }
#editorTabBar::tab:selected { background: @surface; color: @text;
    border-top-color: @accent; border-bottom-color: @surface; }
#editorTabBar:focus::tab:selected { color: @accent; }
#editorTabStrip { background: @panel; border-bottom: 1px solid @line; }
#editorPage { background: @surface; }
#findBar, #noticeBar { background: @panel; border-bottom: 1px solid @line; }
#findBar QLabel, #noticeBar QLabel { color: @text; background: transparent; }
#findBar #findStatus { color: @quiet; }
#findBar #findStatus[bad="true"] { color: @bad; }
#findBar #field { background: @surface; border: 1px solid @line; border-radius: 6px; }
#findBar #field[focused="true"] { border: 1px solid @accent; }
#findBar #field QLineEdit { background: transparent; border: none; color: @text;
    selection-background-color: @selection; selection-color: @text; padding: 0 4px; }
#findBar QToolButton { border: none; border-radius: 5px; background: transparent; color: @quiet; }
#findBar QToolButton:hover { background: @line; color: @text; }
#findBar QToolButton:focus { border: 1px solid @accent; }
#findBar #switch:checked { background: @selection; color: @accent; }
#findBar QPushButton, #noticeBar QPushButton { background: @raised; color: @text;
    border: 1px solid @line; border-radius: 6px; padding: 0 12px; }
#findBar QPushButton:hover, #noticeBar QPushButton:hover { border-color: @quiet; }
#findBar QPushButton:pressed, #noticeBar QPushButton:pressed { background: @line; }
#findBar QPushButton:focus, #noticeBar QPushButton:focus { border-color: @accent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: @thumb; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: @quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: @surface; border: none; }
#breakpointPopup { background: @raised; border: 1px solid @line; }
#breakpointPopup QLabel, #breakpointPopup QCheckBox { color: @quiet; background: transparent; }
#breakpointPopup #popupTitle { color: @text; font-weight: 600; }
#breakpointPopup QLineEdit { background: @surface; color: @text; border: 1px solid @line;
    border-radius: 6px; padding: 0 6px; selection-background-color: @selection;
    selection-color: @text; }
#breakpointPopup QLineEdit:focus { border-color: @accent; }
#breakpointPopup QPushButton { background: @raised; color: @text; border: 1px solid @line;
    border-radius: 6px; padding: 0 12px; min-height: 26px; }
#breakpointPopup QPushButton:hover { border-color: @quiet; }
#breakpointPopup QPushButton:focus { border-color: @accent; }
#breakpointPopup #primary { background: @accent; color: @onAccent; border-color: @accent; }
#findBar QPushButton:disabled { color: @disabled; background: @panel; }
)");
    const std::pair<const char16_t *, QColor> names[] = {
        {u"@surface", surface}, {u"@selection", selection},
        {u"@panel", panel},     {u"@raised", raised},
        {u"@line", line},       {u"@text", text},
        {u"@quiet", quiet},     {u"@disabled", disabled},
        {u"@accent", accent},   {u"@onAccent", onAccent},
        {u"@bad", bad},         {u"@thumb", thumb},
    };
    for (const auto &[name, colour] : names)
        sheet.replace(QStringView(name).toString(), colour.name());
    return sheet;
}

} // namespace editor
