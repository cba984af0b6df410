#pragma once

#include "device-manager/core/readingseries.h"
#include "runtime-bridge/base/error.h"
#include "runtime-bridge/protocol/messages.h"

#include <QFuture>
#include <QString>
#include <QThreadPool>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace device {

class ReadingDatabase;

/// Every reading that one device sent, in SQLite, without a limit but the disk. Several programs
/// may keep one file at a time.
///
/// The work is done on a thread of its own, in the order of the calls; each delivers exactly one
/// result. The file is made by the first of them. One that is damaged is set aside with ".damaged".
class ReadingStore final
{
public:
    /// \a folder empty: readings/ of the state folder.
    explicit ReadingStore(const QString &device, const QString &folder = {});
    ~ReadingStore(); ///< Finishes what was asked for.
    ReadingStore(const ReadingStore &) = delete;
    ReadingStore &operator=(const ReadingStore &) = delete;

    /// \a tell hears, on the store's thread, which part of a file of a former version is prepared,
    /// 0 to 1. Before the first call of the others.
    void onPreparing(std::function<void(double)> tell) { m_tellPreparing = std::move(tell); }
    [[nodiscard]] QString file() const { return m_file; }

    template<typename T = void> using Reply = QFuture<runtime::Result<T>>;

    /// The cursor of the newest reading: where a subscription resumes. 0: none yet.
    [[nodiscard]] Reply<std::uint64_t> lastCursor();
    /// Whole or not at all; a reading that is here already is not doubled.
    Reply<> append(std::vector<runtime::Reading> readings);
    Reply<> append(const runtime::Switch &change);

    [[nodiscard]] Reply<std::vector<ReadingSeries>> series();
    /// What a chart of \a columns draws between two times: the lowest and highest of each column.
    [[nodiscard]] Reply<SeriesPoints> points(const SeriesName &name, std::int64_t fromUs,
                                             std::int64_t toUs, int columns);
    /// Of the readings between two times, both included.
    [[nodiscard]] Reply<ReadingFigures> figures(const SeriesName &name, std::int64_t fromUs,
                                                std::int64_t toUs);
    /// The newest reading of each series.
    [[nodiscard]] Reply<std::vector<runtime::Reading>> latest();
    /// Oldest first.
    [[nodiscard]] Reply<std::vector<runtime::Reading>>
    readings(const SeriesName &name, std::int64_t fromUs, std::int64_t toUs, int limit);
    [[nodiscard]] Reply<std::optional<runtime::Reading>> nearest(const SeriesName &name,
                                                                 std::int64_t timeUs);
    /// When which version began to serve, oldest first. Where that was not seen, the time of its
    /// first reading, and version 0.
    [[nodiscard]] Reply<std::vector<runtime::Switch>> switches();

private:
    template<typename T, typename Work> Reply<T> run(Work work);
    ReadingDatabase &database();

    QString m_file;
    std::function<void(double)> m_tellPreparing;
    std::unique_ptr<ReadingDatabase> m_database; ///< On the worker alone.
    QThreadPool m_worker;                        ///< One thread.
};

} // namespace device
