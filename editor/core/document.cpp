#include "editor/core/document.h"

#include <QCryptographicHash>
#include <QFileInfo>

#include <utility>

namespace editor {

namespace {

QByteArray digestOf(const QByteArray &bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256);
}

} // namespace

Document::Document(QString path, FileWatcher &watcher, QObject *parent)
    : QObject(parent), m_path(std::move(path)), m_watcher(watcher)
{
    m_watcher.watch(m_path);
    connect(&m_watcher, &FileWatcher::touched, this, [this](const QString &touched) {
        if (touched == m_path)
            look();
    });
}

Document::~Document()
{
    m_watcher.unwatch(m_path);
}

runtime::Result<> Document::load()
{
    const runtime::Result<QByteArray> bytes = readTextBytes(m_path);
    if (!bytes)
        return tl::unexpected(bytes.error());
    hold(decode(*bytes), *bytes);
    return {};
}

runtime::Result<> Document::save(const QString &text)
{
    TextFile file{text, m_file.encoding, m_file.lineEnd};
    const QByteArray bytes = encode(file);
    runtime::Result<> written = writeTextBytes(m_path, bytes);
    if (written)
        hold(std::move(file), bytes);
    return written;
}

runtime::Result<> Document::saveAs(const QString &path, const QString &text)
{
    TextFile file{text, m_file.encoding, m_file.lineEnd};
    const QByteArray bytes = encode(file);
    runtime::Result<> written = writeTextBytes(path, bytes);
    if (!written)
        return written;
    m_watcher.unwatch(m_path);
    m_path = path;
    m_watcher.watch(m_path);
    hold(std::move(file), bytes);
    return {};
}

void Document::hold(TextFile file, const QByteArray &bytes)
{
    const bool otherEncoding = file.encoding != m_file.encoding;
    m_file = std::move(file);
    m_digest = digestOf(bytes);
    m_seenDigest = m_digest;
    m_missing = false;
    if (otherEncoding)
        Q_EMIT encodingChanged();
}

void Document::look()
{
    if (m_digest.isEmpty())
        return; // never read
    if (!QFileInfo::exists(m_path)) {
        if (!std::exchange(m_missing, true)) {
            m_seenDigest.clear();
            Q_EMIT removedFromDisk();
        }
        return;
    }
    const runtime::Result<QByteArray> bytes = readTextBytes(m_path);
    if (!bytes)
        return; // not readable at this moment: what is held stays, and saving will tell
    m_missing = false;
    const QByteArray digest = digestOf(*bytes);
    if (digest == m_seenDigest)
        return;
    m_seenDigest = digest;
    if (digest != m_digest)
        Q_EMIT changedOnDisk();
    else
        Q_EMIT restoredOnDisk();
}

} // namespace editor
