#pragma once

#include "device-manager/core/readinglevels.h"
#include "device-manager/core/readingseries.h"
#include "runtime-bridge/protocol/messages.h"

#include <QPointF>
#include <QString>

#include <cstdint>
#include <functional>
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
    /// A file of a former version gets its levels now, which takes half a minute for each hundred
    /// million readings; \a tell gets the part that is done, 0 to 1. What was done stays when the
    /// program ends before.
    explicit ReadingDatabase(const QString &file, const std::function<void(double)> &tell = {});
    ~ReadingDatabase();

    [[nodiscard]] std::uint64_t lastCursor();
    /// Also notes the switch to a bundle that no switch has told of.
    void append(const std::vector<runtime::Reading> &readings);
    void append(const runtime::Switch &change);
    [[nodiscard]] std::vector<ReadingSeries> series();
    [[nodiscard]] SeriesPoints points(const SeriesName &name, std::int64_t fromUs,
                                      std::int64_t toUs, int columns);
    [[nodiscard]] ReadingFigures figures(const SeriesName &name, std::int64_t fromUs,
                                         std::int64_t toUs);
    [[nodiscard]] std::vector<runtime::Reading> latest();
    [[nodiscard]] std::vector<runtime::Reading>
    readings(const SeriesName &name, std::int64_t fromUs, std::int64_t toUs, int limit);
    [[nodiscard]] std::optional<runtime::Reading> nearest(const SeriesName &name,
                                                          std::int64_t timeUs);
    [[nodiscard]] std::vector<runtime::Switch> switches();
    /// Gives every reading between two times to \a take, oldest first, from a few kilobytes of
    /// memory; \a take ends it with false.
    void forEach(std::int64_t fromUs, std::int64_t toUs,
                 const std::function<bool(const runtime::Reading &)> &take);

private:
    void upgrade(const std::function<void(double)> &tell);
    void noteOtherPrograms();
    std::int64_t nameId(const std::string &name);
    std::int64_t seriesId(const std::string &function, const std::string &series);
    std::optional<std::int64_t> findSeries(const SeriesName &name);
    [[nodiscard]] runtime::Reading current(const runtime::Statement &row) const;

    std::unique_ptr<runtime::Database> m_database;
    std::unique_ptr<ReadingLevels> m_levels;
    std::int64_t m_dataVersion = 0; ///< Changes when another program wrote.
    std::map<std::string, std::int64_t> m_names;
    std::map<std::pair<std::string, std::string>, std::int64_t> m_series;
    std::set<std::pair<std::string, std::string>> m_versions; ///< Function and bundle.
};

} // namespace device
