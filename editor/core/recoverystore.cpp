#include "editor/core/recoverystore.h"

#include <QCryptographicHash>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QUuid>

#include <algorithm>
#include <chrono>
#include <utility>

namespace editor {

namespace {

const QString lockName = QStringLiteral("lock");
const QString suffix = QStringLiteral(".json");

bool isAlive(const QString &folder)
{
    QLockFile lock(folder + QLatin1Char('/') + lockName);
    lock.setStaleLockTime(0); // a long session is not a dead one: only the process counts
    return !lock.tryLock();
}

RecoveredText read(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QJsonObject json = QJsonDocument::fromJson(file.readAll()).object();
    return {
        json.value(QStringLiteral("path")).toString(),
        json.value(QStringLiteral("text")).toString(),
        QDateTime::fromString(json.value(QStringLiteral("keptAt")).toString(), Qt::ISODateWithMs),
        path};
}

} // namespace

RecoveryStore::RecoveryStore(const QString &folder, QObject *parent)
    : QObject(parent)
    , m_root(QDir(folder).absolutePath())
    , m_own(m_root + QLatin1Char('/') + QUuid::createUuid().toString(QUuid::Id128))
{
    using namespace std::chrono_literals;
    m_delay.setInterval(200ms);
    m_delay.setSingleShot(true);
    connect(&m_delay, &QTimer::timeout, this, &RecoveryStore::write);
}

RecoveryStore::~RecoveryStore()
{
    if (!m_lock)
        return;
    QDir own(m_own);
    m_lock->unlock();
    own.removeRecursively();
}

void RecoveryStore::keep(const QString &path, TextSource text)
{
    m_changed.insert(path, std::move(text));
    // Not started anew: steady typing must not put the writing off.
    if (!m_delay.isActive())
        m_delay.start();
}

void RecoveryStore::forget(const QString &path)
{
    m_changed.remove(path);
    if (m_lock)
        QFile::remove(fileFor(path));
}

void RecoveryStore::write()
{
    const auto give = [this](const QString &path, const QString &why) {
        if (!std::exchange(m_failing, true))
            Q_EMIT failed(
                {runtime::ErrorCode::FileUnwritable, path.toStdString(), why.toStdString()});
    };
    if (!m_lock) {
        QDir().mkpath(m_own);
        auto lock = std::make_unique<QLockFile>(m_own + QLatin1Char('/') + lockName);
        lock->setStaleLockTime(0);
        if (!lock->tryLock())
            return give(m_own, QStringLiteral("the folder cannot be written"));
        m_lock = std::move(lock);
    }
    while (!m_changed.isEmpty()) {
        const auto next = m_changed.cbegin();
        const QString path = next.key();
        const QJsonObject json{
            {QStringLiteral("version"), 1},
            {QStringLiteral("path"), path},
            {QStringLiteral("keptAt"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)},
            {QStringLiteral("text"), next.value()()}};
        QSaveFile file(fileFor(path));
        if (!file.open(QIODevice::WriteOnly) ||
            file.write(QJsonDocument(json).toJson(QJsonDocument::Compact)) < 0 || !file.commit())
            return give(file.fileName(), file.errorString());
        m_changed.remove(path);
    }
    m_failing = false;
}

QList<RecoveredText> RecoveryStore::leftBehind() const
{
    QList<RecoveredText> found;
    const QFileInfoList folders = QDir(m_root).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QFileInfo &folder : folders) {
        if (folder.absoluteFilePath() == m_own || isAlive(folder.absoluteFilePath()))
            continue;
        QDir left(folder.absoluteFilePath());
        const QFileInfoList files = left.entryInfoList({QLatin1Char('*') + suffix}, QDir::Files);
        for (const QFileInfo &file : files)
            if (RecoveredText text = read(file.absoluteFilePath()); !text.path.isEmpty())
                found.append(std::move(text));
        if (files.isEmpty())
            left.removeRecursively();
    }
    std::ranges::sort(found, std::greater{}, &RecoveredText::keptAt);
    return found;
}

void RecoveryStore::discard(const RecoveredText &recovered)
{
    const QString file = QFileInfo(recovered.file).absoluteFilePath();
    if (!file.startsWith(m_root + QLatin1Char('/')) || !file.endsWith(suffix))
        return;
    QFile::remove(file);
    QDir folder = QFileInfo(file).dir();
    if (folder.entryList({QLatin1Char('*') + suffix}, QDir::Files).isEmpty())
        folder.removeRecursively();
}

QString RecoveryStore::fileFor(const QString &path) const
{
    const QByteArray name = QCryptographicHash::hash(path.toUtf8(), QCryptographicHash::Sha1);
    return m_own + QLatin1Char('/') + QString::fromLatin1(name.toHex()) + suffix;
}

} // namespace editor
