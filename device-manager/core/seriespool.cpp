#include "device-manager/core/seriespool.h"

#include <algorithm>
#include <cmath>

namespace device {

void SeriesPool::setStored(const QString &place, bool stored)
{
    m_places[place].isStored = stored;
}

WatchedSeries &SeriesPool::at(const SeriesKey &key)
{
    std::unique_ptr<WatchedSeries> &series = m_series[key];
    if (!series)
        series = std::make_unique<WatchedSeries>(key, m_places[key.place].isStored);
    return *series;
}

WatchedSeries *SeriesPool::find(const SeriesKey &key) const
{
    const auto it = m_series.find(key);
    return it == m_series.end() ? nullptr : it->second.get();
}

void SeriesPool::add(const QString &name, const std::vector<runtime::Reading> &readings)
{
    Place &place = m_places[name];
    for (auto &[function, known] : place.functions)
        for (auto &[series, watched] : known.series)
            watched->beginBatch();
    for (const runtime::Reading &reading : readings) {
        Function &function = place.functions[reading.function];
        auto it = function.series.find(reading.series);
        if (it == function.series.end())
            it = function.series
                     .emplace(reading.series, &at({name, QString::fromStdString(reading.function),
                                                   QString::fromStdString(reading.series)}))
                     .first;
        const double time = double(reading.timeUs) / 1000;
        it->second->add(time, reading.value, reading.cursor, reading.invocation);
        place.latest = std::max(place.latest, time);
        // What comes again from the store has a place in the stream that was passed already.
        if (reading.cursor != 0 && reading.cursor <= place.cursor)
            continue;
        if (function.sequence != 0 && reading.sequence > function.sequence + 1)
            place.lost += reading.sequence - function.sequence - 1;
        function.sequence = reading.sequence;
        place.cursor = reading.cursor;
        ++place.count;
    }
}

void SeriesPool::add(const QString &place, const runtime::Switch &change)
{
    const VersionMark mark{double(change.timeUs) / 1000, change.version,
                           QString::fromStdString(change.function), place};
    const bool isKnown = std::ranges::any_of(m_marks, [&mark](const VersionMark &known) {
        return known.place == mark.place && known.function == mark.function &&
               std::abs(known.time - mark.time) < 1e-3;
    });
    if (isKnown)
        return;
    m_marks.push_back(mark);
    std::ranges::sort(m_marks, {}, &VersionMark::time);
}

void SeriesPool::forget(const std::function<bool(const QString &)> &isKept)
{
    std::erase_if(m_series, [&](const auto &item) { return !isKept(item.first.place); });
    std::erase_if(m_places, [&](const auto &item) { return !isKept(item.first); });
    std::erase_if(m_marks, [&](const VersionMark &mark) { return !isKept(mark.place); });
}

std::set<SeriesKey> SeriesPool::keys() const
{
    std::set<SeriesKey> keys;
    for (const auto &[key, series] : m_series)
        keys.insert(key);
    return keys;
}

const SeriesPool::Place *SeriesPool::place(const QString &name) const
{
    const auto it = m_places.find(name);
    return it == m_places.end() ? nullptr : &it->second;
}

double SeriesPool::latest(const QString &name) const
{
    const Place *known = place(name);
    return known ? known->latest : 0;
}

std::uint64_t SeriesPool::count(const QString &name) const
{
    const Place *known = place(name);
    return known ? known->count : 0;
}

std::uint64_t SeriesPool::lost(const QString &name) const
{
    const Place *known = place(name);
    return known ? known->lost : 0;
}

} // namespace device
