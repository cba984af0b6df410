#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/protocol/messages.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runtime {

/// How much is kept. The oldest goes first.
struct RecordLimits {
    std::uint64_t invocations = 100'000;
    std::uint64_t logLines = 500'000;
    std::uint64_t readings = 20'000'000;
    std::uint64_t failures = 1'000; ///< With frames and variables.
};

/// What happened on this runtime, in SQLite: invocations with their logs, readings, versions.
///
/// add…() only queue; one thread of its own writes them, one transaction each 20 ms at most, in the
/// order they came. Queries see everything queued before them and may be called from the runtime's
/// thread (they are short). Survives kill -9 at any moment: what was reported as stored stays.
///
/// A cursor is never used twice, not even after the file was lost: a new file begins above every
/// cursor of an older one. Sequences go on over restarts. What cannot be written (a full disk) is
/// dropped and counted; its sequences are left out, so that the gap shows.
class Records
{
public:
    /// Called on the writing thread after a transaction, with the readings it stored, their cursors
    /// and sequences filled in. Post to the runtime's thread from it.
    using Stored = std::function<void(std::vector<Reading>)>;

    /// Opens or makes \a file. A damaged file is set aside with ".damaged" and a new one begun.
    [[nodiscard]] static Result<std::unique_ptr<Records>>
    open(const std::filesystem::path &file, Stored stored, RecordLimits limits = {});
    ~Records(); ///< Writes what is queued.

    void add(Invocation invocation); ///< With its log.
    void add(LogLine line);          ///< Outside any invocation: while a worker starts.
    void add(Switch change);
    void add(std::vector<Reading> readings); ///< Cursor and sequence are given here.

    /// Newest first, without logs. \a function empty: of all; so everywhere below.
    [[nodiscard]] std::vector<Invocation> invocations(const std::string &function, int limit);
    /// With its log, and what was captured of its failure.
    [[nodiscard]] std::optional<Invocation> invocation(const std::string &id);
    /// The chain of calls that an invocation belongs to, oldest first and without events, results
    /// and logs. \a id: of any of its invocations, or the chain's own.
    [[nodiscard]] std::vector<Invocation> chain(const std::string &id, int limit);
    /// The last \a limit, oldest first.
    [[nodiscard]] std::vector<LogLine> logs(const std::string &function, int limit);
    /// After \a cursor, oldest first.
    [[nodiscard]] std::vector<Reading> readings(std::uint64_t cursor, int limit,
                                                const std::string &function);
    /// The last \a limit, oldest first.
    [[nodiscard]] std::vector<Switch> switches(const std::string &function, int limit);
    [[nodiscard]] std::uint64_t lastCursor(); ///< Of what was reported as stored.

    /// Invocations, lines, switches and readings that could not be written since open().
    [[nodiscard]] std::uint64_t dropped() const;
    /// Why the newest transaction failed; nothing once one succeeded again.
    [[nodiscard]] std::optional<Error> trouble() const;

private:
    struct Private; // keeps SQLite and the thread out of everyone's includes
    explicit Records(std::unique_ptr<Private> privates);
    std::unique_ptr<Private> d;
};

} // namespace runtime
