#include "runtime-bridge/daemon/records.h"

#include "runtime-bridge/daemon/recordsreader.h"
#include "runtime-bridge/daemon/recordswriter.h"

#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

namespace runtime {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

/// The shortest distance between the beginnings of two transactions.
constexpr auto transactionInterval = 20ms;
/// What may wait for a disk that is too slow, in bytes as estimated below.
constexpr std::size_t queueLimit = 64u << 20;

std::size_t sizeOf(const Record &record)
{
    if (const auto *invocation = std::get_if<Invocation>(&record)) {
        std::size_t size = sizeof(Invocation) + invocation->event.size() +
                           invocation->result.size() + invocation->capture.size();
        for (const LogLine &line : invocation->log)
            size += sizeof(LogLine) + line.text.size();
        return size;
    }
    if (const auto *line = std::get_if<LogLine>(&record))
        return sizeof(LogLine) + line->text.size();
    if (const auto *readings = std::get_if<std::vector<Reading>>(&record))
        return readings->size() * (sizeof(Reading) + 100);
    return sizeof(Switch);
}

std::uint64_t countOf(const Record &record)
{
    if (const auto *readings = std::get_if<std::vector<Reading>>(&record))
        return readings->size();
    return 1;
}

std::uint64_t countOf(const std::vector<Record> &records)
{
    std::uint64_t count = 0;
    for (const Record &record : records)
        count += countOf(record);
    return count;
}

/// Moves a broken file out of the way, with what belongs to it, over any set aside before.
void setAside(const fs::path &file)
{
    std::error_code ignored;
    for (const char *suffix : {"", "-wal", "-shm"}) {
        fs::path from = file;
        fs::path to = file;
        from += suffix;
        to += std::string(".damaged") + suffix;
        fs::remove(to, ignored);
        fs::rename(from, to, ignored);
    }
}

} // namespace

struct Records::Private {
    fs::path file;
    Stored stored;
    RecordLimits limits;

    std::mutex queueMutex; // guards what follows
    std::condition_variable queued, written;
    std::vector<Record> queue;
    std::size_t queueSize = 0;
    std::uint64_t taken = 0; ///< Calls of add() so far …
    std::uint64_t done = 0;  ///< … and how many of them are written or dropped.
    std::uint64_t dropped = 0;
    std::uint64_t lastCursor = 0;
    std::optional<Error> trouble;
    bool hurry = false;   ///< A query waits.
    bool damaged = false; ///< A query found broken pages; the file goes before the next write.
    bool stopping = false;

    std::unique_ptr<RecordsWriter> writer; // the thread's own after open()
    std::mutex readerMutex;                // guards reader
    std::unique_ptr<RecordsReader> reader;
    std::thread thread;

    void openFile();
    void open();
    void add(Record record);
    void run();
    void writeAndReport(std::vector<Record> records);
    void note(const DatabaseError &error, std::uint64_t lost);
    bool isDamaged();
    void giveUpFile();
    template<typename Query> auto ask(Query query);
};

void Records::Private::openFile()
{
    const std::lock_guard lock(readerMutex);
    reader.reset();
    writer.reset();
    writer = std::make_unique<RecordsWriter>(file, limits);
    reader = std::make_unique<RecordsReader>(file);
}

/// Opens, or sets the file aside and begins a new one. Throws when that fails too.
void Records::Private::open()
{
    try {
        openFile();
    } catch (const DatabaseError &error) {
        if (!error.isDamage())
            throw;
        giveUpFile();
        openFile();
    }
    const std::lock_guard lock(queueMutex);
    writer->skipTo(lastCursor); // the clock may have gone back since the lost file was begun
    lastCursor = writer->lastCursor();
}

void Records::Private::add(Record record)
{
    const std::lock_guard lock(queueMutex);
    const std::size_t size = sizeOf(record);
    if (queueSize + size > queueLimit) {
        dropped += countOf(record);
        return;
    }
    queueSize += size;
    queue.push_back(std::move(record));
    ++taken;
    if (queue.size() == 1)
        queued.notify_one();
}

void Records::Private::run()
{
    Clock::time_point next = Clock::now();
    std::unique_lock lock(queueMutex);
    while (true) {
        queued.wait(lock, [this] { return stopping || !queue.empty(); });
        queued.wait_until(lock, next, [this] { return stopping || hurry; });
        if (queue.empty() && stopping)
            return;
        hurry = false;
        std::vector<Record> records = std::exchange(queue, {});
        queueSize = 0;
        const std::uint64_t upTo = taken;
        next = Clock::now() + transactionInterval;
        lock.unlock();
        writeAndReport(std::move(records));
        lock.lock();
        done = upTo;
        written.notify_all();
        lock.unlock();
        try {
            if (writer)
                writer->tidy();
        } catch (const DatabaseError &error) {
            note(error, 0);
        }
        lock.lock();
    }
}

void Records::Private::writeAndReport(std::vector<Record> records)
{
    const std::uint64_t count = countOf(records);
    try {
        if (isDamaged())
            giveUpFile();
        if (!writer)
            open();
        std::vector<Reading> readings = writer->write(std::move(records));
        {
            const std::lock_guard lock(queueMutex);
            lastCursor = writer->lastCursor();
            trouble.reset();
        }
        if (!readings.empty() && stored)
            stored(std::move(readings));
    } catch (const DatabaseError &error) {
        note(error, count);
    }
}

void Records::Private::note(const DatabaseError &error, std::uint64_t lost)
{
    {
        const std::lock_guard lock(queueMutex);
        dropped += lost;
        if (!trouble)
            std::clog << "records: not written: " << error.what() << std::endl;
        trouble = Error{ErrorCode::FileUnwritable, file.string(), error.what()};
    }
    if (error.isDamage())
        giveUpFile();
}

bool Records::Private::isDamaged()
{
    const std::lock_guard lock(queueMutex);
    return std::exchange(damaged, false);
}

/// Closes the file and sets it aside; the next transaction begins a new one.
void Records::Private::giveUpFile()
{
    std::clog << "records: " << file.string() << " is damaged and set aside" << std::endl;
    const std::lock_guard lock(readerMutex);
    reader.reset();
    writer.reset();
    setAside(file);
}

template<typename Query> auto Records::Private::ask(Query query)
{
    {
        std::unique_lock lock(queueMutex);
        const std::uint64_t all = taken;
        hurry = done < all;
        if (hurry)
            queued.notify_one();
        written.wait(lock, [&] { return done >= all; });
    }
    const std::lock_guard lock(readerMutex);
    try {
        if (reader)
            return query(*reader);
    } catch (const DatabaseError &error) {
        std::clog << "records: not read: " << error.what() << std::endl;
        const std::lock_guard queueLock(queueMutex);
        damaged = damaged || error.isDamage();
    }
    return decltype(query(*reader)){};
}

Result<std::unique_ptr<Records>> Records::open(const fs::path &file, Stored stored,
                                               RecordLimits limits)
{
    auto privates = std::make_unique<Private>();
    privates->file = file;
    privates->stored = std::move(stored);
    privates->limits = limits;
    try {
        std::error_code ignored;
        if (file.has_parent_path())
            fs::create_directories(file.parent_path(), ignored);
        privates->open();
    } catch (const DatabaseError &error) {
        return failure(ErrorCode::FileUnwritable, file.string(), error.what());
    }
    return std::unique_ptr<Records>(new Records(std::move(privates)));
}

Records::Records(std::unique_ptr<Private> privates) : d(std::move(privates))
{
    d->thread = std::thread([privates = d.get()] { privates->run(); });
}

Records::~Records()
{
    {
        const std::lock_guard lock(d->queueMutex);
        d->stopping = true;
        d->queued.notify_one();
    }
    d->thread.join();
}

void Records::add(Invocation invocation)
{
    d->add(std::move(invocation));
}

void Records::add(LogLine line)
{
    d->add(std::move(line));
}

void Records::add(Switch change)
{
    d->add(std::move(change));
}

void Records::add(std::vector<Reading> readings)
{
    if (!readings.empty())
        d->add(std::move(readings));
}

std::vector<Invocation> Records::invocations(const std::string &function, int limit)
{
    return d->ask([&](RecordsReader &reader) { return reader.invocations(function, limit); });
}

std::optional<Invocation> Records::invocation(const std::string &id)
{
    return d->ask([&](RecordsReader &reader) { return reader.invocation(id); });
}

std::vector<Invocation> Records::chain(const std::string &id, int limit)
{
    return d->ask([&](RecordsReader &reader) { return reader.chain(id, limit); });
}

std::vector<LogLine> Records::logs(const std::string &function, int limit)
{
    return d->ask([&](RecordsReader &reader) { return reader.logs(function, limit); });
}

std::vector<Reading> Records::readings(std::uint64_t cursor, int limit, const std::string &function)
{
    return d->ask([&](RecordsReader &reader) { return reader.readings(cursor, limit, function); });
}

std::vector<Switch> Records::switches(const std::string &function, int limit)
{
    return d->ask([&](RecordsReader &reader) { return reader.switches(function, limit); });
}

std::uint64_t Records::lastCursor()
{
    return d->ask([this](RecordsReader &) {
        const std::lock_guard lock(d->queueMutex);
        return d->lastCursor;
    });
}

std::uint64_t Records::dropped() const
{
    const std::lock_guard lock(d->queueMutex);
    return d->dropped;
}

std::optional<Error> Records::trouble() const
{
    const std::lock_guard lock(d->queueMutex);
    return d->trouble;
}

} // namespace runtime
