#include "device-manager/core/healthsample.h"

#include <QHash>
#include <QList>

#include <algorithm>
#include <functional>

namespace device {

namespace {

// Programs that every system has, BusyBox's too. A process that ends meanwhile is no complaint.
constexpr const char *healthLines = R"sh(
exec 2>/dev/null
echo @uptime; cat /proc/uptime
echo @stat; grep '^cpu' /proc/stat
echo @load; cat /proc/loadavg
echo @memory; cat /proc/meminfo
echo @temperature; cat /sys/class/thermal/thermal_zone*/temp
echo @disk; df -Pk "$HOME" | tail -n 1
echo @page; getconf PAGESIZE
echo @processes; cat /proc/[0-9]*/stat
exit 0
)sh";

// A sensor that is not connected tells something absurd.
constexpr double coldest = -50, hottest = 150;
constexpr std::uint64_t usualPage = 4096;
constexpr std::size_t shownProcesses = 8;

using Words = QList<QByteArray>;

Words wordsOf(const QByteArray &line)
{
    return line.simplified().split(' ');
}

std::uint64_t numberAt(const Words &words, qsizetype index)
{
    return index < words.size() ? words[index].toULongLong() : 0;
}

std::optional<double> decimalAt(const Words &words, qsizetype index)
{
    bool isNumber = false;
    const double value = index < words.size() ? words[index].toDouble(&isNumber) : 0;
    return isNumber ? std::optional(value) : std::nullopt;
}

/// "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; guests are within user.
void readProcessors(HealthCounters &counters, const QByteArray &line)
{
    const Words words = wordsOf(line);
    if (words[0] != "cpu") {
        counters.processors += words[0].startsWith("cpu") ? 1 : 0;
        return;
    }
    for (qsizetype i = 1; i <= 8; ++i)
        counters.totalTicks += numberAt(words, i);
    counters.idleTicks = numberAt(words, 4) + numberAt(words, 5);
}

void readTemperature(HealthCounters &counters, const QByteArray &line)
{
    const std::optional<double> thousandths = decimalAt(wordsOf(line), 0);
    if (!thousandths)
        return;
    const double celsius = *thousandths / 1000;
    if (celsius > coldest && celsius < hottest)
        counters.celsius = std::max(celsius, counters.celsius.value_or(coldest));
}

/// "/dev/root 1000 400 600 40% /home": sizes in KB, counted from the end of the sizes, since the
/// name of a file system may have spaces.
void readDisk(HealthCounters &counters, const QByteArray &line)
{
    const Words words = wordsOf(line);
    for (qsizetype i = 3; i < words.size(); ++i) {
        if (!words[i].endsWith('%'))
            continue;
        counters.diskUsedBytes = words[i - 2].toULongLong() << 10;
        counters.diskFreeBytes = words[i - 1].toULongLong() << 10;
        return;
    }
}

/// proc(5): "pid (name) state ppid …", where the name may be anything.
void readProcess(HealthCounters &counters, const QByteArray &line, std::uint64_t page)
{
    const qsizetype open = line.indexOf(" (");
    const qsizetype close = line.lastIndexOf(") ");
    if (open < 1 || close < open)
        return;
    const Words rest = wordsOf(line.mid(close + 2)); // field 3 is the first
    bool isNumber = false;
    const std::int64_t pid = line.left(open).toLongLong(&isNumber);
    if (!isNumber || rest.size() < 22)
        return;
    HealthCounters::Process process;
    process.name = QString::fromUtf8(line.mid(open + 2, close - open - 2));
    process.ticks = numberAt(rest, 11) + numberAt(rest, 12);
    process.memoryBytes = numberAt(rest, 21) * page;
    counters.processes[{pid, numberAt(rest, 19)}] = std::move(process);
}

void readMemory(HealthCounters &counters, const QHash<QByteArray, std::uint64_t> &memory)
{
    counters.memoryBytes = memory.value("MemTotal:") << 10;
    // Kernels before 3.14 do not tell what is available.
    const std::uint64_t free =
        memory.contains("MemAvailable:")
            ? memory.value("MemAvailable:")
            : memory.value("MemFree:") + memory.value("Buffers:") + memory.value("Cached:");
    counters.memoryFreeBytes = std::min(free << 10, counters.memoryBytes);
}

double share(std::uint64_t part, std::uint64_t whole)
{
    return std::clamp(100 * double(part) / double(whole), 0.0, 100.0);
}

} // namespace

QString healthScript()
{
    return QString::fromLatin1(healthLines);
}

HealthCounters healthCountersFrom(const QByteArray &output)
{
    HealthCounters counters;
    QHash<QByteArray, std::uint64_t> memory;
    std::uint64_t page = usualPage;
    const QHash<QByteArray, std::function<void(const QByteArray &)>> readers{
        {"@uptime",
         [&](const QByteArray &line) {
             if (const auto seconds = decimalAt(wordsOf(line), 0); seconds && *seconds >= 0)
                 counters.uptime = std::chrono::seconds(std::int64_t(*seconds));
         }},
        {"@stat", [&](const QByteArray &line) { readProcessors(counters, line); }},
        {"@load", [&](const QByteArray &line) { counters.load = decimalAt(wordsOf(line), 0); }},
        {"@memory",
         [&](const QByteArray &line) {
             const Words words = wordsOf(line);
             memory[words[0]] = numberAt(words, 1);
         }},
        {"@temperature", [&](const QByteArray &line) { readTemperature(counters, line); }},
        {"@disk", [&](const QByteArray &line) { readDisk(counters, line); }},
        {"@page",
         [&](const QByteArray &line) {
             if (const std::uint64_t told = line.trimmed().toULongLong(); told > 0)
                 page = told;
         }},
        {"@processes", [&](const QByteArray &line) { readProcess(counters, line, page); }}};
    std::function<void(const QByteArray &)> reader;
    for (const QByteArray &line : output.split('\n')) {
        if (const auto found = readers.find(line); found != readers.end())
            reader = *found;
        else if (reader && !line.isEmpty())
            reader(line);
    }
    readMemory(counters, memory);
    return counters;
}

HealthSample healthOf(const HealthCounters &now, const std::optional<HealthCounters> &before)
{
    HealthSample sample;
    sample.load = now.load;
    sample.processors = now.processors;
    sample.memoryBytes = now.memoryBytes;
    sample.memoryUsedBytes = now.memoryBytes - now.memoryFreeBytes;
    sample.celsius = now.celsius;
    sample.diskUsedBytes = now.diskUsedBytes;
    sample.diskFreeBytes = now.diskFreeBytes;
    sample.uptime = now.uptime;
    // Counters that went back are those of a device that started again.
    const bool isComparable = before && now.totalTicks > before->totalTicks &&
                              now.idleTicks >= before->idleTicks && now.processors > 0;
    const std::uint64_t passed = isComparable ? now.totalTicks - before->totalTicks : 0;
    if (isComparable)
        sample.cpuPercent = 100 - share(now.idleTicks - before->idleTicks, passed);
    for (const auto &[key, process] : now.processes) {
        ProcessLoad load{key.first, process.name, std::nullopt, process.memoryBytes};
        if (isComparable)
            if (const auto former = before->processes.find(key);
                former != before->processes.end() && process.ticks >= former->second.ticks)
                load.cpuPercent =
                    share(process.ticks - former->second.ticks, passed) * now.processors;
        sample.processes.push_back(std::move(load));
    }
    std::sort(sample.processes.begin(), sample.processes.end(),
              [](const ProcessLoad &a, const ProcessLoad &b) {
                  return std::pair(a.cpuPercent.value_or(0), a.memoryBytes) >
                         std::pair(b.cpuPercent.value_or(0), b.memoryBytes);
              });
    if (sample.processes.size() > shownProcesses)
        sample.processes.resize(shownProcesses);
    return sample;
}

} // namespace device
