#pragma once

#include "device-manager/core/watchedseries.h"
#include "runtime-bridge/protocol/messages.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace device {

/// When a version of a function began to serve, in milliseconds since 1970.
struct VersionMark {
    double time = 0;
    std::uint64_t version = 0;
    QString function;
    QString place;
    bool operator==(const VersionMark &) const = default;
};

/// Every series that a window watches, on however many devices.
class SeriesPool final
{
public:
    /// A place whose readings are stored can be asked for its past.
    void setStored(const QString &place, bool stored);
    /// Takes in what came from \a place, in the order in which it came.
    void add(const QString &place, const std::vector<runtime::Reading> &readings);
    void add(const QString &place, const runtime::Switch &change);
    /// A series of which nothing came yet, but of which the store has some.
    WatchedSeries &at(const SeriesKey &key);
    [[nodiscard]] WatchedSeries *find(const SeriesKey &key) const;
    /// Forgets every place for which \a isKept says no.
    void forget(const std::function<bool(const QString &)> &isKept);

    [[nodiscard]] std::set<SeriesKey> keys() const;
    [[nodiscard]] std::size_t size() const { return m_series.size(); }
    /// In the order of time.
    [[nodiscard]] const std::vector<VersionMark> &marks() const { return m_marks; }
    /// The newest time of a reading of \a place, milliseconds since 1970 by its clock; 0: none
    /// came.
    [[nodiscard]] double latest(const QString &place) const;
    /// Readings of a place that came since it is watched.
    [[nodiscard]] std::uint64_t count(const QString &place) const;
    /// Readings that their sequence says are missing between those that came.
    [[nodiscard]] std::uint64_t lost(const QString &place) const;

private:
    struct Function {
        std::map<std::string, WatchedSeries *, std::less<>> series;
        std::uint64_t sequence = 0; ///< Of the newest reading.
    };
    struct Place {
        bool isStored = false;
        double latest = 0;
        std::uint64_t count = 0, lost = 0, cursor = 0;
        std::map<std::string, Function, std::less<>> functions;
    };

    [[nodiscard]] const Place *place(const QString &name) const;

    std::map<QString, Place> m_places;
    std::map<SeriesKey, std::unique_ptr<WatchedSeries>> m_series;
    std::vector<VersionMark> m_marks;
};

} // namespace device
