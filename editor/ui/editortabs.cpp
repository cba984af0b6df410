#include "editor/ui/editortabs.h"

#include "editor/ui/breakpointpopup.h"
#include "editor/ui/codeeditor.h"
#include "editor/ui/editorpage.h"
#include "editor/ui/findbar.h"
#include "editor/ui/tabbar.h"

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace editor {

namespace {

QString cleaned(const QString &path)
{
    return QDir::cleanPath(QFileInfo(path).absoluteFilePath());
}

/// One file has one name, however many links lead to it.
QString identityOf(const QString &path)
{
    const QString canonical = QFileInfo(path).canonicalFilePath();
    return canonical.isEmpty() ? cleaned(path) : canonical;
}

} // namespace

EditorTabs::EditorTabs(RecoveryStore &recovery, SaveQuestion &question, QWidget *parent)
    : QWidget(parent)
    , m_recovery(recovery)
    , m_question(question)
    , m_theme(EditorTheme::light())
    , m_bar(new TabBar(this))
    , m_stack(new QStackedWidget(this))
{
    setAccessibleName(tr("Editors"));
    auto *strip = new QWidget(this);
    strip->setObjectName(QStringLiteral("editorTabStrip"));
    strip->setAttribute(Qt::WA_StyledBackground);
    auto *row = new QHBoxLayout(strip);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_bar);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(strip);
    column->addWidget(m_stack, 1);

    connect(m_bar, &QTabBar::currentChanged, this, [this](int index) {
        EditorPage *shown = pageAt(index);
        if (shown) {
            m_stack->setCurrentWidget(shown);
            Q_EMIT cursorMoved(shown->editor().cursorLine(), shown->editor().cursorColumn());
        }
        Q_EMIT currentChanged(shown ? shown->path() : QString());
    });
    connect(m_bar, &QTabBar::tabCloseRequested, this, [this](int index) {
        if (EditorPage *closed = pageAt(index))
            askAndClose({closed}, {});
    });
    connect(m_bar, &QTabBar::tabBarClicked, this, [this](int index) {
        if (EditorPage *clicked = pageAt(index))
            clicked->editor().setFocus(Qt::MouseFocusReason);
    });
    createActions();
    setTheme(m_theme);
}

EditorTabs::~EditorTabs()
{
    m_bar->disconnect(this);
    for (int i = 0; i < count(); ++i)
        pageAt(i)->disconnect(this);
    // Pages hold documents, which hold on to the watcher: also those that wait to be deleted.
    delete m_stack;
}

void EditorTabs::createActions()
{
    const auto add = [this](const QString &name, const QString &text,
                            const QList<QKeySequence> &keys, auto order) {
        auto *action = new QAction(text, this);
        action->setObjectName(name);
        action->setShortcuts(keys);
        connect(action, &QAction::triggered, this, order);
        addAction(action);
    };
    const auto onPage = [this](auto order) {
        return [this, order] {
            if (EditorPage *page = currentPage())
                order(*page);
        };
    };
    add(QStringLiteral("editor.save"), tr("Save"), {QKeySequence(QKeySequence::Save)},
        [this] { saveCurrent(); });
    add(QStringLiteral("editor.saveAll"), tr("Save all"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S)}, [this] { saveAll(); });
    add(QStringLiteral("editor.close"), tr("Close file"), {QKeySequence(Qt::CTRL | Qt::Key_W)},
        onPage([this](EditorPage &page) { askAndClose({&page}, {}); }));
    add(QStringLiteral("editor.nextTab"), tr("Next file"),
        {QKeySequence(Qt::CTRL | Qt::Key_Tab), QKeySequence(Qt::CTRL | Qt::Key_PageDown)},
        [this] { step(1); });
    add(QStringLiteral("editor.previousTab"), tr("Previous file"),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Backtab),
         QKeySequence(Qt::CTRL | Qt::Key_PageUp)},
        [this] { step(-1); });
    add(QStringLiteral("editor.find"), tr("Find"), {QKeySequence(Qt::CTRL | Qt::Key_F)},
        onPage([](EditorPage &page) { page.findBar().open(false); }));
    add(QStringLiteral("editor.replace"), tr("Replace"), {QKeySequence(Qt::CTRL | Qt::Key_H)},
        onPage([](EditorPage &page) { page.findBar().open(true); }));
    add(QStringLiteral("editor.findNext"), tr("Find next"), {QKeySequence(Qt::Key_F3)},
        onPage([](EditorPage &page) { page.findBar().findNext(); }));
    add(QStringLiteral("editor.findPrevious"), tr("Find previous"),
        {QKeySequence(Qt::SHIFT | Qt::Key_F3)},
        onPage([](EditorPage &page) { page.findBar().findPrevious(); }));
}

void EditorTabs::setTheme(const EditorTheme &theme)
{
    m_theme = theme;
    // A sheet that replaces another before the first showing is not looked at.
    setStyleSheet({});
    setStyleSheet(theme.styleSheet());
    m_bar->setTheme(theme);
    for (int i = 0; i < count(); ++i)
        pageAt(i)->setTheme(theme);
}

CodeEditor *EditorTabs::open(const QString &path)
{
    EditorPage *shown = page(path);
    if (!shown) {
        auto document = std::make_unique<Document>(cleaned(path), m_watcher);
        if (const runtime::Result<> loaded = document->load(); !loaded) {
            Q_EMIT failed(loaded.error());
            return nullptr;
        }
        shown = addPage(std::move(document));
    }
    m_bar->setCurrentIndex(tabOf(shown));
    return &shown->editor();
}

CodeEditor *EditorTabs::openRecovered(const RecoveredText &recovered)
{
    EditorPage *shown = page(recovered.path);
    if (!shown) {
        auto document = std::make_unique<Document>(cleaned(recovered.path), m_watcher);
        // The file may be gone meanwhile: its text is here all the same, to be saved again.
        const runtime::Result<> loaded = document->load();
        static_cast<void>(loaded);
        shown = addPage(std::move(document));
    }
    shown->restoreUnsaved(recovered.text);
    m_bar->setCurrentIndex(tabOf(shown));
    return &shown->editor();
}

EditorPage *EditorTabs::addPage(std::unique_ptr<Document> document)
{
    auto *added = new EditorPage(std::move(document), m_recovery, m_stack);
    added->setTheme(m_theme);
    added->editor().setBreakpoints(m_breakpoints.value(added->path()));
    m_stack->addWidget(added);
    connectPage(*added);
    const int after = m_bar->currentIndex() + 1;
    QSignalBlocker quiet(m_bar); // told once, when the tab is complete
    const int index = m_bar->insertTab(after, QString());
    m_bar->setTabData(index, QVariant::fromValue<QWidget *>(added));
    quiet.unblock();
    updateTitles();
    Q_EMIT fileOpened(added->path());
    if (count() == 1)
        Q_EMIT m_bar->currentChanged(0);
    return added;
}

void EditorTabs::connectPage(EditorPage &opened)
{
    EditorPage *page = &opened;
    connect(page, &EditorPage::failed, this, &EditorTabs::failed);
    connect(page, &EditorPage::saved, this, [this, page] {
        updateTitles();
        Q_EMIT fileSaved(page->path());
    });
    connect(
        page, &EditorPage::closeRequested, this, [this, page] { removePage(page); },
        Qt::QueuedConnection); // a button of the page itself asks for it
    connect(page, &EditorPage::modifiedChanged, this, [this, page](bool modified) {
        m_bar->setModified(tabOf(page), modified);
        updateTitles();
        Q_EMIT modifiedChanged(page->path(), modified);
    });
    CodeEditor *editor = &page->editor();
    connect(editor, &CodeEditor::cursorMoved, this, [this, page](int line, int column) {
        if (page == currentPage())
            Q_EMIT cursorMoved(line, column);
    });
    connect(editor, &CodeEditor::breakpointsChanged, this, [this, page, editor] {
        const QList<Breakpoint> now = editor->breakpoints();
        if (now.isEmpty())
            m_breakpoints.remove(page->path());
        else
            m_breakpoints.insert(page->path(), now);
        Q_EMIT breakpointsChanged(page->path(), now);
    });
    connect(editor, &CodeEditor::breakpointEditRequested, this,
            [this, editor](int line, const QPoint &at) { editBreakpoint(*editor, line, at); });
    connect(editor, &CodeEditor::expressionHovered, this, [this, page](const QString &expression) {
        Q_EMIT expressionHovered(page->path(), expression);
    });
}

void EditorTabs::editBreakpoint(CodeEditor &editor, int line, const QPoint &globalPosition)
{
    Breakpoint edited;
    edited.line = line;
    const QList<Breakpoint> present = editor.breakpoints();
    const auto it = std::ranges::find(present, line, &Breakpoint::line);
    if (it != present.end())
        edited = *it;
    auto *popup = new BreakpointPopup(edited, m_theme, &editor);
    connect(popup, &BreakpointPopup::accepted, &editor, &CodeEditor::putBreakpoint);
    connect(popup, &BreakpointPopup::removed, &editor,
            [&editor, line] { editor.removeBreakpoint(line); });
    popup->move(globalPosition + QPoint(8, 4));
    popup->show();
    popup->setFocus(Qt::PopupFocusReason);
}

void EditorTabs::removePage(EditorPage *removed)
{
    const int index = tabOf(removed);
    if (index < 0)
        return;
    const QString path = removed->path();
    removed->disconnect(this);
    m_stack->removeWidget(removed);
    m_bar->removeTab(index); // tells the new current one
    removed->deleteLater();
    m_recovery.forget(path);
    updateTitles();
    Q_EMIT fileClosed(path);
}

CodeEditor *EditorTabs::editor(const QString &path) const
{
    EditorPage *found = page(path);
    return found ? &found->editor() : nullptr;
}

CodeEditor *EditorTabs::currentEditor() const
{
    EditorPage *shown = currentPage();
    return shown ? &shown->editor() : nullptr;
}

QString EditorTabs::currentPath() const
{
    const EditorPage *shown = currentPage();
    return shown ? shown->path() : QString();
}

const Document *EditorTabs::currentDocument() const
{
    const EditorPage *shown = currentPage();
    return shown ? &shown->document() : nullptr;
}

QStringList EditorTabs::paths() const
{
    QStringList all;
    for (int i = 0; i < count(); ++i)
        all.append(pageAt(i)->path());
    return all;
}

QStringList EditorTabs::modifiedPaths() const
{
    QStringList modified;
    for (int i = 0; i < count(); ++i)
        if (pageAt(i)->isModified())
            modified.append(pageAt(i)->path());
    return modified;
}

int EditorTabs::count() const
{
    return m_bar->count();
}

void EditorTabs::setOrigin(const QString &path, const QString &place, const QString &shownPath)
{
    if (EditorPage *shown = page(path))
        shown->setOrigin({place, shownPath});
    updateTitles();
}

void EditorTabs::setPending(const QString &path, bool pending)
{
    if (EditorPage *shown = page(path))
        shown->setPending(pending);
}

void EditorTabs::tell(const QString &path, const QString &text,
                      const QList<NoticeBar::Choice> &choices)
{
    if (EditorPage *shown = page(path))
        shown->tell(text, choices);
}

QString EditorTabs::notice(const QString &path) const
{
    const EditorPage *shown = page(path);
    return shown ? shown->notice() : QString();
}

bool EditorTabs::save(EditorPage &saved)
{
    const runtime::Result<> result = saved.save();
    if (!result)
        Q_EMIT failed(result.error());
    return result.has_value();
}

bool EditorTabs::save(const QString &path)
{
    EditorPage *saved = page(path);
    return saved && save(*saved);
}

bool EditorTabs::saveCurrent()
{
    EditorPage *shown = currentPage();
    return shown && save(*shown);
}

bool EditorTabs::saveAll()
{
    bool all = true;
    for (int i = 0; i < count(); ++i)
        if (pageAt(i)->isModified())
            all = save(*pageAt(i)) && all;
    return all;
}

bool EditorTabs::saveCurrentAs(const QString &path)
{
    EditorPage *shown = currentPage();
    if (!shown)
        return false;
    const QString before = shown->path();
    const runtime::Result<> result = shown->saveAs(cleaned(path));
    if (!result) {
        Q_EMIT failed(result.error());
        return false;
    }
    m_breakpoints.remove(before);
    Q_EMIT shown->editor().breakpointsChanged();
    Q_EMIT currentChanged(shown->path());
    return true;
}

void EditorTabs::close(const QString &path, std::function<void(bool)> done)
{
    EditorPage *closed = page(path);
    askAndClose(closed ? QList<EditorPage *>{closed} : QList<EditorPage *>{}, std::move(done));
}

void EditorTabs::closeAll(std::function<void(bool)> done)
{
    QList<EditorPage *> all;
    for (int i = 0; i < count(); ++i)
        all.append(pageAt(i));
    askAndClose(all, std::move(done));
}

void EditorTabs::askAndClose(const QList<EditorPage *> &pages, std::function<void(bool)> done)
{
    QList<QPointer<EditorPage>> closing;
    QStringList unsaved;
    for (EditorPage *each : pages) {
        closing.append(each);
        if (each->isModified())
            unsaved.append(each->path());
    }
    const auto finish = [this, closing, done](SaveQuestion::Answer answer) {
        bool closed = answer != SaveQuestion::Answer::Cancel;
        for (const QPointer<EditorPage> &each : closing) {
            if (!closed)
                break;
            if (!each)
                continue; // closed in another way while the question was open
            if (answer == SaveQuestion::Answer::Save && each->isModified())
                closed = save(*each);
            if (closed)
                removePage(each);
        }
        if (done)
            done(closed);
    };
    if (unsaved.isEmpty())
        finish(SaveQuestion::Answer::Discard);
    else
        m_question.ask(unsaved, [self = QPointer(this), finish](SaveQuestion::Answer answer) {
            if (self)
                finish(answer);
        });
}

QList<Breakpoint> EditorTabs::breakpoints(const QString &path) const
{
    return m_breakpoints.value(cleaned(path));
}

QHash<QString, QList<Breakpoint>> EditorTabs::allBreakpoints() const
{
    return m_breakpoints;
}

void EditorTabs::setBreakpointState(const QString &path, int line, Breakpoint::State state,
                                    const QString &reason)
{
    if (CodeEditor *shown = editor(path))
        shown->setBreakpointState(line, state, reason);
    const auto known = m_breakpoints.find(cleaned(path));
    if (known == m_breakpoints.end())
        return;
    for (Breakpoint &breakpoint : *known)
        if (breakpoint.line == line) {
            breakpoint.state = state;
            breakpoint.reason = reason;
        }
}

void EditorTabs::clearBreakpointStates()
{
    const QHash<QString, QList<Breakpoint>> all = m_breakpoints;
    for (auto it = all.cbegin(); it != all.cend(); ++it)
        for (const Breakpoint &breakpoint : it.value())
            setBreakpointState(it.key(), breakpoint.line, Breakpoint::State::Set);
}

void EditorTabs::showExecution(const QString &path, int line)
{
    clearExecution();
    if (CodeEditor *shown = open(path))
        shown->setExecutionLine(line);
}

void EditorTabs::clearExecution()
{
    for (int i = 0; i < count(); ++i) {
        pageAt(i)->editor().setExecutionLine(0);
        pageAt(i)->editor().setInlineValues({});
    }
}

EditorSession EditorTabs::session() const
{
    EditorSession session;
    for (int i = 0; i < count(); ++i) {
        const EditorPage *each = pageAt(i);
        const CodeEditor &editor = each->editor();
        session.files.append(
            {each->path(), editor.cursorLine(), editor.cursorColumn(), editor.firstShownLine()});
    }
    session.current = currentPath();
    session.breakpoints = m_breakpoints;
    for (QList<Breakpoint> &list : session.breakpoints)
        for (Breakpoint &breakpoint : list) {
            breakpoint.state = Breakpoint::State::Set;
            breakpoint.reason.clear();
        }
    return session;
}

void EditorTabs::restore(const EditorSession &session)
{
    m_breakpoints = session.breakpoints;
    for (const EditorSession::File &file : session.files) {
        if (!QFileInfo::exists(file.path))
            continue;
        if (CodeEditor *opened = open(file.path)) {
            opened->goTo(file.line, file.column);
            opened->setFirstShownLine(file.firstLine);
        }
    }
    if (EditorPage *current = page(session.current))
        m_bar->setCurrentIndex(tabOf(current));
}

EditorPage *EditorTabs::page(const QString &path) const
{
    const QString wanted = identityOf(path);
    for (int i = 0; i < count(); ++i)
        if (identityOf(pageAt(i)->path()) == wanted)
            return pageAt(i);
    return nullptr;
}

EditorPage *EditorTabs::pageAt(int tab) const
{
    return static_cast<EditorPage *>(m_bar->tabData(tab).value<QWidget *>());
}

EditorPage *EditorTabs::currentPage() const
{
    return pageAt(m_bar->currentIndex());
}

int EditorTabs::tabOf(const EditorPage *page) const
{
    for (int i = 0; i < count(); ++i)
        if (pageAt(i) == page)
            return i;
    return -1;
}

void EditorTabs::updateTitles()
{
    QHash<QString, int> names;
    for (int i = 0; i < count(); ++i)
        ++names[QFileInfo(pageAt(i)->path()).fileName()];
    for (int i = 0; i < count(); ++i) {
        const QFileInfo file(pageAt(i)->path());
        QString title = file.fileName();
        const EditorPage::Origin &origin = pageAt(i)->origin();
        if (!origin.place.isEmpty())
            title = QStringLiteral("%1 · %2").arg(title, origin.place);
        else if (names.value(title) > 1)
            title = QStringLiteral("%1 · %2").arg(title, file.dir().dirName());
        m_bar->setTabText(i, title.replace(u'&', QStringLiteral("&&")));
        m_bar->setTabToolTip(i, origin.path.isEmpty() ? QDir::toNativeSeparators(file.filePath())
                                                      : origin.path);
    }
}

void EditorTabs::step(int by)
{
    if (count() > 1)
        m_bar->setCurrentIndex((m_bar->currentIndex() + by + count()) % count());
    if (EditorPage *shown = currentPage())
        shown->editor().setFocus(Qt::ShortcutFocusReason);
}

} // namespace editor
