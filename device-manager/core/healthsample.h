#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace device {

/// A process and what it takes.
struct ProcessLoad {
    std::int64_t pid = 0;
    QString name;
    std::optional<double> cpuPercent; ///< Of one processor: two busy threads are 200.
    std::uint64_t memoryBytes = 0;    ///< Resident.
};

/// How a device is at a moment. What it does not tell is empty.
struct HealthSample {
    std::optional<double> cpuPercent; ///< Of all processors, 0 to 100, since the sample before.
    std::optional<double> load;       ///< Mean number of processes that wanted to run, 1 minute.
    int processors = 0;
    std::uint64_t memoryBytes = 0, memoryUsedBytes = 0; ///< Used: what programs cannot get.
    std::optional<double> celsius;                      ///< Its hottest zone.
    std::uint64_t diskUsedBytes = 0, diskFreeBytes = 0; ///< Of the home's file system, for users.
    std::optional<std::chrono::seconds> uptime;
    std::vector<ProcessLoad> processes; ///< The busiest first, the largest among equals.
};

/// What the kernel of a device counts, as it told at a moment.
struct HealthCounters {
    struct Process {
        QString name;
        std::uint64_t ticks = 0; ///< Of processors, since it began.
        std::uint64_t memoryBytes = 0;
    };
    /// A process is its id and its start: ids come again.
    using ProcessKey = std::pair<std::int64_t, std::uint64_t>;

    std::uint64_t totalTicks = 0, idleTicks = 0; ///< Of all processors together.
    int processors = 0;
    std::optional<double> load;
    std::uint64_t memoryBytes = 0, memoryFreeBytes = 0;
    std::optional<double> celsius;
    std::uint64_t diskUsedBytes = 0, diskFreeBytes = 0;
    std::optional<std::chrono::seconds> uptime;
    std::map<ProcessKey, Process> processes;
};

/// The sh script that tells them: one that reads files below /proc and /sys.
[[nodiscard]] QString healthScript();

/// Reads what the script printed; passes over what it cannot read.
[[nodiscard]] HealthCounters healthCountersFrom(const QByteArray &output);

/// What \a now says, and of what is counted, the difference to \a before.
[[nodiscard]] HealthSample healthOf(const HealthCounters &now,
                                    const std::optional<HealthCounters> &before);

} // namespace device

Q_DECLARE_METATYPE(device::HealthSample)
