#pragma once

#include "editor/core/editorsession.h"
#include "editor/core/filewatcher.h"
#include "editor/core/recoverystore.h"
#include "editor/ui/editortheme.h"
#include "editor/ui/noticebar.h"
#include "editor/ui/savequestion.h"

#include <QPointer>
#include <QWidget>

#include <functional>

class QStackedWidget;

namespace editor {

class CodeEditor;
class Document;
class EditorPage;
class TabBar;

/// The open files. Knows every breakpoint, also of files that are not open.
///
/// What can be ordered are the widget's actions(), with names and shortcuts. Failures are told by
/// failed(); nothing here opens a box.
class EditorTabs final : public QWidget
{
    Q_OBJECT

public:
    /// \a recovery and \a question outlive the tabs.
    EditorTabs(RecoveryStore &recovery, SaveQuestion &question, QWidget *parent = nullptr);
    ~EditorTabs() override;

    void setTheme(const EditorTheme &theme);

    /// Opens \a path, or brings its tab to the front. Null after failed().
    CodeEditor *open(const QString &path);
    /// Opens \a path with the text that a crash left unsaved.
    CodeEditor *openRecovered(const RecoveredText &recovered);
    [[nodiscard]] CodeEditor *editor(const QString &path) const; ///< Null when it is not open.
    [[nodiscard]] CodeEditor *currentEditor() const;
    [[nodiscard]] QString currentPath() const; ///< Empty when nothing is open.
    [[nodiscard]] const Document *currentDocument() const;
    [[nodiscard]] QStringList paths() const; ///< In the order of the tabs.
    [[nodiscard]] QStringList modifiedPaths() const;
    [[nodiscard]] int count() const;

    // files that are copies of others, such as those of a device; see EditorPage
    void setOrigin(const QString &path, const QString &place, const QString &shownPath);
    void setPending(const QString &path, bool pending);
    void tell(const QString &path, const QString &text,
              const QList<NoticeBar::Choice> &choices = {});
    [[nodiscard]] QString notice(const QString &path) const;

    /// False after failed().
    bool save(const QString &path);
    bool saveCurrent();
    bool saveAll();
    bool saveCurrentAs(const QString &path);

    /// Asks about unsaved text first; \a done gets whether everything was closed.
    void close(const QString &path, std::function<void(bool)> done = {});
    void closeAll(std::function<void(bool)> done = {});

    // debugging
    [[nodiscard]] QList<Breakpoint> breakpoints(const QString &path) const;
    [[nodiscard]] QHash<QString, QList<Breakpoint>> allBreakpoints() const;
    void setBreakpointState(const QString &path, int line, Breakpoint::State state,
                            const QString &reason = {});
    void clearBreakpointStates(); ///< Nobody debugs any more.
    /// Opens \a path and marks the line where the debugger stands. At most one place has the mark.
    void showExecution(const QString &path, int line);
    void clearExecution();

    [[nodiscard]] EditorSession session() const;
    /// Opens what was open; files that are gone are left out.
    void restore(const EditorSession &session);

Q_SIGNALS:
    void currentChanged(const QString &path);
    void fileOpened(const QString &path);
    void fileClosed(const QString &path);
    void fileSaved(const QString &path);
    void modifiedChanged(const QString &path, bool modified);
    void cursorMoved(int line, int column);
    void breakpointsChanged(const QString &path, const QList<editor::Breakpoint> &breakpoints);
    void expressionHovered(const QString &path, const QString &expression);
    void failed(const runtime::Error &error);

private:
    EditorPage *addPage(std::unique_ptr<Document> document);
    void connectPage(EditorPage &page);
    void editBreakpoint(CodeEditor &editor, int line, const QPoint &globalPosition);
    void createActions();
    void removePage(EditorPage *page);
    bool save(EditorPage &page);
    [[nodiscard]] EditorPage *page(const QString &path) const;
    [[nodiscard]] EditorPage *pageAt(int tab) const;
    [[nodiscard]] EditorPage *currentPage() const;
    [[nodiscard]] int tabOf(const EditorPage *page) const;
    void askAndClose(const QList<EditorPage *> &pages, std::function<void(bool)> done);
    void updateTitles();
    void step(int by);

    RecoveryStore &m_recovery;
    SaveQuestion &m_question;
    FileWatcher m_watcher;
    EditorTheme m_theme;
    TabBar *m_bar;
    QStackedWidget *m_stack;
    QHash<QString, QList<Breakpoint>> m_breakpoints;
};

} // namespace editor
