#pragma once

#include "device-manager/core/readingseries.h"
#include "runtime-bridge/protocol/messages.h"

#include <QPointF>
#include <QString>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace runtime {
class Database;
class Statement;
} // namespace runtime

namespace device {

/// The SQLite file of one device's readings. Used on one thread; throws runtime::DatabaseError,
/// which ReadingStore turns into results.
class ReadingDatabase final
{
public:
    explicit ReadingDatabase(const QString &file);
    ~ReadingDatabase();

    [[nodiscard]] std::uint64_t lastCursor();
    /// Also notes the switch to a bundle that no switch has told of.
    void append(const std::vector<runtime::Reading> &readings);
    void append(const runtime::Switch &change);
    [[nodiscard]] std::vector<ReadingSeries> series();
    [[nodiscard]] SeriesPoints points(const SeriesName &name, std::int64_t fromUs,
                                      std::int64_t toUs, int columns);
    [[nodiscard]] std::vector<runtime::Reading> latest();
    [[nodiscard]] std::vector<runtime::Reading>
    readings(const SeriesName &name, std::int64_t fromUs, std::int64_t toUs, int limit);
    [[nodiscard]] std::optional<runtime::Reading> nearest(const SeriesName &name,
                                                          std::int64_t timeUs);
    [[nodiscard]] std::vector<runtime::Switch> switches();

private:
    std::int64_t nameId(const std::string &name);
    std::int64_t seriesId(const std::string &function, const std::string &series);
    std::optional<std::int64_t> findSeries(const SeriesName &name);
    [[nodiscard]] runtime::Reading current(const runtime::Statement &row) const;

    std::unique_ptr<runtime::Database> m_database;
    std::map<std::string, std::int64_t> m_names;
    std::map<std::pair<std::string, std::string>, std::int64_t> m_series;
    std::set<std::pair<std::string, std::string>> m_versions; ///< Function and bundle.
};

} // namespace device
