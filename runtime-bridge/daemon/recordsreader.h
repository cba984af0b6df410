#pragma once

#include "runtime-bridge/daemon/database.h"
#include "runtime-bridge/protocol/messages.h"

#include <optional>
#include <string>
#include <vector>

namespace runtime {

/// The reading side of the records' file, over a connection of its own. Used by one thread at a
/// time; everything throws DatabaseError.
class RecordsReader
{
public:
    explicit RecordsReader(const std::filesystem::path &file); ///< The tables are there.

    [[nodiscard]] std::vector<Invocation> invocations(const std::string &function, int limit);
    [[nodiscard]] std::optional<Invocation> invocation(const std::string &id);
    [[nodiscard]] std::vector<Invocation> chain(const std::string &id, int limit);
    [[nodiscard]] std::vector<LogLine> logs(const std::string &function, int limit);
    [[nodiscard]] std::vector<Reading> readings(std::uint64_t cursor, int limit,
                                                const std::string &function);
    [[nodiscard]] std::vector<Switch> switches(const std::string &function, int limit);

private:
    /// The id of a name; nothing when it was never written.
    std::optional<std::int64_t> nameId(const std::string &name);

    Database m_database;
};

} // namespace runtime
