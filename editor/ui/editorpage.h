#pragma once

#include "editor/core/document.h"
#include "editor/core/recoverystore.h"
#include "editor/ui/editortheme.h"
#include "editor/ui/noticebar.h"

#include <QWidget>

#include <memory>

namespace editor {

class CodeEditor;
class FindBar;

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

    /// What the file is a copy of; empty: nothing.
    struct Origin {
        QString place; ///< Short, for the tab: a device's name.
        QString path;  ///< As people know it.
    };
    void setOrigin(const Origin &origin) { m_origin = origin; }
    [[nodiscard]] const Origin &origin() const { return m_origin; }
    /// What was saved has not reached its origin yet: the page counts as modified.
    void setPending(bool pending);
    /// In the strip above the text; \a text empty: hides it.
    void tell(const QString &text, const QList<NoticeBar::Choice> &choices);

    /// The text differs from the file, or from its origin, or the file is gone.
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
    Origin m_origin;
    bool m_pending = false;
    bool m_toldModified = false;
};

} // namespace editor
