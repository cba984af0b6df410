#include "device-manager/core/readingstore.h"

#include "device-manager/core/readingdatabase.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/daemon/database.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QPromise>

#include <type_traits>

namespace device {

using runtime::DatabaseError;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Reading;
using runtime::Result;
using runtime::Switch;

ReadingStore::ReadingStore(const QString &device, const QString &folder)
    : m_file((folder.isEmpty()
                  ? QString::fromStdString((runtime::stateFolder() / "readings").string())
                  : folder) +
             QLatin1Char('/') + device + QStringLiteral(".sqlite"))
{
    m_worker.setMaxThreadCount(1);
    m_worker.setExpiryTimeout(-1);
}

ReadingStore::~ReadingStore()
{
    m_worker.waitForDone();
}

ReadingDatabase &ReadingStore::database()
{
    if (m_database)
        return *m_database;
    QDir().mkpath(QFileInfo(m_file).path());
    try {
        m_database = std::make_unique<ReadingDatabase>(m_file, m_tellPreparing);
    } catch (const DatabaseError &error) {
        if (!error.isDamage())
            throw;
        for (const char *suffix : {"", "-wal", "-shm"}) {
            const QString part = m_file + QLatin1String(suffix);
            QFile::remove(part + QStringLiteral(".damaged"));
            QFile::rename(part, part + QStringLiteral(".damaged"));
        }
        m_database = std::make_unique<ReadingDatabase>(m_file, m_tellPreparing);
    }
    QFile::setPermissions(m_file, QFile::ReadOwner | QFile::WriteOwner);
    return *m_database;
}

// Not QtConcurrent::run: who waits for its result would do the work itself, on his own thread and
// out of turn (QFutureInterfaceBase::waitForFinished takes it from the pool).
template<typename T, typename Work> ReadingStore::Reply<T> ReadingStore::run(Work work)
{
    const auto promise = std::make_shared<QPromise<Result<T>>>();
    promise->start();
    m_worker.start([this, promise, work = std::move(work)] {
        try {
            if constexpr (std::is_void_v<T>) {
                work(database());
                promise->addResult(Result<T>());
            } else {
                promise->addResult(work(database()));
            }
        } catch (const std::exception &error) {
            promise->addResult(
                failure(ErrorCode::FileUnwritable, m_file.toStdString(), error.what()));
        }
        promise->finish();
    });
    return promise->future();
}

ReadingStore::Reply<std::uint64_t> ReadingStore::lastCursor()
{
    return run<std::uint64_t>([](ReadingDatabase &db) { return db.lastCursor(); });
}

ReadingStore::Reply<> ReadingStore::append(std::vector<Reading> readings)
{
    return run<void>(
        [readings = std::move(readings)](ReadingDatabase &db) { db.append(readings); });
}

ReadingStore::Reply<> ReadingStore::append(const Switch &change)
{
    return run<void>([change](ReadingDatabase &db) { db.append(change); });
}

ReadingStore::Reply<std::vector<ReadingSeries>> ReadingStore::series()
{
    return run<std::vector<ReadingSeries>>([](ReadingDatabase &db) { return db.series(); });
}

ReadingStore::Reply<SeriesPoints> ReadingStore::points(const SeriesName &name, std::int64_t fromUs,
                                                       std::int64_t toUs, int columns)
{
    return run<SeriesPoints>(
        [=](ReadingDatabase &db) { return db.points(name, fromUs, toUs, columns); });
}

ReadingStore::Reply<ReadingFigures> ReadingStore::figures(const SeriesName &name,
                                                          std::int64_t fromUs, std::int64_t toUs)
{
    return run<ReadingFigures>([=](ReadingDatabase &db) { return db.figures(name, fromUs, toUs); });
}

ReadingStore::Reply<std::vector<Reading>> ReadingStore::latest()
{
    return run<std::vector<Reading>>([](ReadingDatabase &db) { return db.latest(); });
}

ReadingStore::Reply<std::vector<Reading>>
ReadingStore::readings(const SeriesName &name, std::int64_t fromUs, std::int64_t toUs, int limit)
{
    return run<std::vector<Reading>>(
        [=](ReadingDatabase &db) { return db.readings(name, fromUs, toUs, limit); });
}

ReadingStore::Reply<std::optional<Reading>> ReadingStore::nearest(const SeriesName &name,
                                                                  std::int64_t timeUs)
{
    return run<std::optional<Reading>>(
        [=](ReadingDatabase &db) { return db.nearest(name, timeUs); });
}

ReadingStore::Reply<std::vector<Switch>> ReadingStore::switches()
{
    return run<std::vector<Switch>>([](ReadingDatabase &db) { return db.switches(); });
}

} // namespace device
