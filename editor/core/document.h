#pragma once

#include "editor/core/filewatcher.h"
#include "editor/core/language.h"
#include "editor/core/textfile.h"

#include <QObject>

namespace editor {

/// A text file that is being edited: reads it, writes it and notices when others change it.
///
/// Holds what the disk has, not what the user typed: that is the editor's, which hands its text to
/// save(). Encoding, byte order mark and line ends stay as they were in the file.
class Document final : public QObject
{
    Q_OBJECT

public:
    /// \a watcher outlives the document.
    Document(QString path, FileWatcher &watcher, QObject *parent = nullptr);
    ~Document() override;

    /// Reads the file; on failure what was held stays.
    [[nodiscard]] runtime::Result<> load();
    /// Writes \a text whole or not at all. Overwrites what others wrote: ask before.
    [[nodiscard]] runtime::Result<> save(const QString &text);
    /// Writes to another place and belongs to that from then on.
    [[nodiscard]] runtime::Result<> saveAs(const QString &path, const QString &text);

    [[nodiscard]] const QString &path() const { return m_path; }
    [[nodiscard]] const QString &text() const { return m_file.text; } ///< As last read or written.
    [[nodiscard]] Encoding encoding() const { return m_file.encoding; }
    [[nodiscard]] LineEnd lineEnd() const { return m_file.lineEnd; }
    [[nodiscard]] Language language() const { return languageOf(m_path); }
    [[nodiscard]] bool isMissing() const { return m_missing; } ///< The file was removed.

Q_SIGNALS:
    /// Others wrote other bytes than those held; load() fetches them.
    void changedOnDisk();
    /// Others removed the file. changedOnDisk() follows when it comes back different.
    void removedFromDisk();
    /// The disk has the very bytes that are held again.
    void restoredOnDisk();
    void encodingChanged();

private:
    void hold(TextFile file, const QByteArray &bytes);
    void look();

    QString m_path;
    FileWatcher &m_watcher;
    TextFile m_file;
    QByteArray m_digest;     ///< Of the bytes held.
    QByteArray m_seenDigest; ///< Of the bytes last seen on disk, so that a change is told once.
    bool m_missing = false;
};

} // namespace editor
