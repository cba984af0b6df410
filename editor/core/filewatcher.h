#pragma once

#include <QFileSystemWatcher>
#include <QHash>
#include <QObject>
#include <QTimer>

namespace editor {

/// Notices that files were written, replaced by a rename, removed or made anew by others.
///
/// One watcher serves all documents: the system allows few. Several events that belong to one
/// change come as one signal, a moment after the last of them.
class FileWatcher final : public QObject
{
    Q_OBJECT

public:
    explicit FileWatcher(QObject *parent = nullptr);

    void watch(const QString &path);   ///< Counted: as often as unwatch().
    void unwatch(const QString &path); ///< Ignores what is not watched.

Q_SIGNALS:
    /// Something happened to \a path, or to its folder; whether it differs is for the receiver.
    void touched(const QString &path);

private:
    void onFolder(const QString &folder);
    void note(const QString &path);
    void tell();

    QFileSystemWatcher m_system;
    QHash<QString, int> m_watched; ///< path → how often
    QHash<QString, int> m_folders;
    QStringList m_noted;
    QTimer m_settle;
};

} // namespace editor
