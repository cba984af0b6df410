#pragma once

#include "editor/core/document.h"
#include "editor/core/recoverystore.h"
#include "editor/ui/editortheme.h"

#include <QWidget>

#include <memory>

namespace editor {

class CodeEditor;
class FindBar;
class NoticeBar;

/// One open file: its document, the editor of its text, the find bar, and a strip that tells when
/// others changed the file. Keeps unsaved text in the recovery store.
class EditorPage final : public QWidget
{
    Q_OBJECT

public:
    /// \a document is loaded; \a recovery outlives the page.
    EditorPage(std::unique_ptr<Document> document, RecoveryStore &recovery,
               QWidget *parent = nullptr);
    ~EditorPage() override;

    void setTheme(const EditorTheme &theme);
    [[nodiscard]] CodeEditor &editor() const { return *m_editor; }
    [[nodiscard]] FindBar &findBar() const { return *m_findBar; }
    [[nodiscard]] const Document &document() const { return *m_document; }
    [[nodiscard]] QString path() const { return m_document->path(); }
    [[nodiscard]] QString notice() const; ///< What the strip says; empty: it is hidden.

    /// The text differs from the file, or the file is gone.
    [[nodiscard]] bool isModified() const;
    [[nodiscard]] runtime::Result<> save();
    [[nodiscard]] runtime::Result<> saveAs(const QString &path);
    /// Text that a crash left unsaved, on top of what the file has.
    void restoreUnsaved(const QString &text);

Q_SIGNALS:
    void modifiedChanged(bool modified);
    void saved();
    void closeRequested();
    void failed(const runtime::Error &error);

private:
    void onChangedOnDisk();
    void onRemovedFromDisk();
    void loadTheirs();
    void afterSave();
    void noteModified();

    std::unique_ptr<Document> m_document;
    RecoveryStore &m_recovery;
    NoticeBar *m_notice;
    FindBar *m_findBar = nullptr;
    CodeEditor *m_editor;
    bool m_toldModified = false;
};

} // namespace editor
