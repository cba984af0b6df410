#pragma once

#include "editor/core/textsearch.h"
#include "editor/ui/editortheme.h"

#include <QTimer>
#include <QWidget>

class QFrame;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;

namespace editor {

class CodeEditor;

/// Finds and replaces in one editor while the user types. Wholly usable by keyboard: Return and
/// Shift+Return go on and back, Alt+C, Alt+W and Alt+R switch, Escape closes.
class FindBar final : public QWidget
{
    Q_OBJECT

public:
    explicit FindBar(CodeEditor &editor, QWidget *parent = nullptr);

    void setTheme(const EditorTheme &theme);
    /// Shows the bar; what is selected on one line becomes the pattern.
    void open(bool withReplace);
    void closeBar();
    void findNext();
    void findPrevious();
    void replaceOne(); ///< The match that is selected; then goes to the next.
    void replaceAll();

    void setQuery(const SearchQuery &query);
    [[nodiscard]] SearchQuery query() const;
    [[nodiscard]] QString status() const; ///< "3 of 12", "No results", what is wrong.

Q_SIGNALS:
    void closed();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QWidget *createField(QLineEdit *edit, const QList<QWidget *> &inside);
    QToolButton *createButton(const QString &name, const QString &tip);
    QToolButton *createSwitch(const QString &text, const QString &tip, const QKeySequence &key);
    void layOut();
    void search(bool select);
    void step(bool forward);
    void showStatus();
    void showReplace(bool shown);
    [[nodiscard]] qsizetype currentIndex() const; ///< Of the selected match; -1: none is.

    CodeEditor &m_editor;
    EditorTheme m_theme;
    QLineEdit *m_pattern;
    QLineEdit *m_replacement;
    QLabel *m_status;
    QToolButton *m_expand;
    QToolButton *m_case;
    QToolButton *m_word;
    QToolButton *m_regex;
    QToolButton *m_previous;
    QToolButton *m_next;
    QToolButton *m_close;
    QPushButton *m_replaceOne;
    QPushButton *m_replaceAll;
    QWidget *m_replaceField = nullptr;
    QTimer m_refresh; ///< The text was edited: the matches are no longer right.
    SearchResult m_result;
    qsizetype m_anchor = 0; ///< Where the search began: typing more does not wander off.
};

} // namespace editor
