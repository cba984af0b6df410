#include "editor/core/filewatcher.h"

#include <QFileInfo>

#include <chrono>
#include <utility>

namespace editor {

namespace {

QString folderOf(const QString &path)
{
    return QFileInfo(path).absolutePath();
}

} // namespace

FileWatcher::FileWatcher(QObject *parent) : QObject(parent)
{
    using namespace std::chrono_literals;
    // Programs that replace a file remove it first or write it in steps: one look after that.
    m_settle.setInterval(60ms);
    m_settle.setSingleShot(true);
    connect(&m_settle, &QTimer::timeout, this, &FileWatcher::tell);
    connect(&m_system, &QFileSystemWatcher::fileChanged, this, &FileWatcher::note);
    connect(&m_system, &QFileSystemWatcher::directoryChanged, this, &FileWatcher::onFolder);
}

void FileWatcher::watch(const QString &path)
{
    if (m_watched[path]++ > 0)
        return;
    m_system.addPath(path);
    const QString folder = folderOf(path);
    if (m_folders[folder]++ == 0)
        m_system.addPath(folder);
}

void FileWatcher::unwatch(const QString &path)
{
    const auto file = m_watched.find(path);
    if (file == m_watched.end() || --*file > 0)
        return;
    m_watched.erase(file);
    m_system.removePath(path);
    const QString folder = folderOf(path);
    if (--m_folders[folder] == 0) {
        m_folders.remove(folder);
        m_system.removePath(folder);
    }
}

void FileWatcher::onFolder(const QString &folder)
{
    for (auto it = m_watched.cbegin(); it != m_watched.cend(); ++it)
        if (folderOf(it.key()) == folder)
            note(it.key());
}

void FileWatcher::note(const QString &path)
{
    if (!m_noted.contains(path))
        m_noted.append(path);
    m_settle.start();
}

void FileWatcher::tell()
{
    const QStringList noted = std::exchange(m_noted, {});
    for (const QString &path : noted) {
        if (!m_watched.contains(path))
            continue;
        // A replaced file is a new one to the system: what was watched is gone.
        if (!m_system.files().contains(path) && QFileInfo::exists(path))
            m_system.addPath(path);
        Q_EMIT touched(path);
    }
}

} // namespace editor
