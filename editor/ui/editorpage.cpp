#include "editor/ui/editorpage.h"

#include "editor/ui/codeeditor.h"
#include "editor/ui/findbar.h"

#include <QFileInfo>
#include <QVBoxLayout>

#include <utility>

namespace editor {

namespace {

/// Over this many characters colouring costs more than it gives.
constexpr qsizetype plainFrom = 4 << 20;

Language languageFor(const Document &document)
{
    return document.text().size() > plainFrom ? Language::Plain : document.language();
}

} // namespace

EditorPage::EditorPage(std::unique_ptr<Document> document, RecoveryStore &recovery, QWidget *parent)
    : QWidget(parent)
    , m_document(std::move(document))
    , m_recovery(recovery)
    , m_notice(new NoticeBar(this))
    , m_editor(new CodeEditor(this))
{
    setObjectName(QStringLiteral("editorPage"));
    setAttribute(Qt::WA_StyledBackground);
    m_editor->load(m_document->text(), m_document->lineEnd());
    m_editor->setLanguage(languageFor(*m_document));
    m_editor->setAccessibleName(tr("Code of %1").arg(QFileInfo(path()).fileName()));
    m_findBar = new FindBar(*m_editor, this);
    m_findBar->hide();
    setFocusProxy(m_editor);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_notice);
    column->addWidget(m_findBar);
    column->addWidget(m_editor, 1);

    connect(m_editor, &CodeEditor::escapePressed, m_findBar, &FindBar::closeBar);
    connect(m_editor, &QsciScintilla::modificationChanged, this, &EditorPage::noteModified);
    connect(m_editor, &QsciScintilla::textChanged, this, [this] {
        if (m_editor->isModified())
            m_recovery.keep(path(), [editor = m_editor] { return editor->text(); });
    });
    connect(m_document.get(), &Document::changedOnDisk, this, &EditorPage::onChangedOnDisk);
    connect(m_document.get(), &Document::removedFromDisk, this, &EditorPage::onRemovedFromDisk);
    connect(m_document.get(), &Document::restoredOnDisk, this, [this] {
        m_notice->hide();
        noteModified();
    });
}

EditorPage::~EditorPage()
{
    m_recovery.forget(path());
    m_editor->disconnect(this);
}

void EditorPage::setTheme(const EditorTheme &theme)
{
    m_editor->setTheme(theme);
    m_findBar->setTheme(theme);
    m_notice->setTheme(theme);
}

QString EditorPage::notice() const
{
    return m_notice->text();
}

bool EditorPage::isModified() const
{
    return m_editor->isModified() || m_document->isMissing() || m_pending;
}

void EditorPage::setPending(bool pending)
{
    m_pending = pending;
    noteModified();
}

void EditorPage::tell(const QString &text, const QList<NoticeBar::Choice> &choices)
{
    if (text.isEmpty())
        m_notice->hide();
    else
        m_notice->tell(Glyph::Warning, text, choices);
}

runtime::Result<> EditorPage::save()
{
    runtime::Result<> saved = m_document->save(m_editor->text());
    if (saved)
        afterSave();
    return saved;
}

runtime::Result<> EditorPage::saveAs(const QString &path)
{
    m_recovery.forget(this->path());
    runtime::Result<> saved = m_document->saveAs(path, m_editor->text());
    if (saved) {
        m_editor->setLanguage(languageFor(*m_document));
        afterSave();
    }
    return saved;
}

void EditorPage::afterSave()
{
    m_notice->hide();
    m_editor->setModified(false);
    m_recovery.forget(path());
    noteModified();
    Q_EMIT saved();
}

void EditorPage::restoreUnsaved(const QString &text)
{
    m_editor->replaceAll(text);
}

void EditorPage::onChangedOnDisk()
{
    const QString name = QFileInfo(path()).fileName();
    if (!m_editor->isModified()) {
        loadTheirs();
        return;
    }
    m_notice->tell(Glyph::Warning,
                   tr("%1 was changed outside while it has unsaved edits here.").arg(name),
                   {{tr("Keep mine"), {}}, {tr("Load theirs"), [this] { loadTheirs(); }}});
}

void EditorPage::onRemovedFromDisk()
{
    m_notice->tell(Glyph::Removed,
                   tr("%1 was removed from the disk. Its text is still here.")
                       .arg(QFileInfo(path()).fileName()),
                   {{tr("Save again"),
                     [this] {
                         if (const runtime::Result<> saved = save(); !saved)
                             Q_EMIT failed(saved.error());
                     }},
                    {tr("Close"), [this] { Q_EMIT closeRequested(); }}});
    noteModified();
}

void EditorPage::loadTheirs()
{
    if (const runtime::Result<> loaded = m_document->load(); !loaded) {
        Q_EMIT failed(loaded.error());
        return;
    }
    m_notice->hide();
    m_editor->replaceAll(m_document->text());
    m_editor->setModified(false);
    m_recovery.forget(path());
    noteModified();
}

void EditorPage::noteModified()
{
    if (!m_editor->isModified())
        m_recovery.forget(path());
    if (std::exchange(m_toldModified, isModified()) != m_toldModified)
        Q_EMIT modifiedChanged(m_toldModified);
}

} // namespace editor
