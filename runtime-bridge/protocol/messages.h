#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/functionspec.h"
#include "runtime-bridge/protocol/alarmmessages.h"
#include "runtime-bridge/protocol/trace.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// The values of the bridge protocol, as both sides hold them. docs/protocol.md has the messages.
/// Values of user code (events, results) are JSON text, so that nobody but their reader parses
/// them. Times are microseconds since 1970 by the clock of the machine that runs the function.
namespace runtime {

inline constexpr int protocolVersion = 1;

/// The first message of a runtime on every channel.
struct Hello {
    int protocol = protocolVersion;
    std::string version;  ///< Of the program, "0.1.0".
    std::string program;  ///< Digest of the program's own file, to know when to upgrade it.
    std::string instance; ///< New at every start of the runtime.
    std::string machine;  ///< "x86_64", "aarch64", …
    std::string hostName;
    std::int64_t timeUs = 0; ///< The machine's clock now.
    std::vector<std::string> features;
};

/// How an invocation ended. Exactly one for each.
enum class Outcome {
    Result,
    FunctionError,
    Timeout,
    OutOfMemory,
    WorkerDied,
    Rejected,
    Cancelled,
    OutOfSpace, ///< Its temporary folder.
};
[[nodiscard]] std::string_view wireName(Outcome outcome); ///< "result", "function_error", …
[[nodiscard]] std::optional<Outcome> outcomeFromName(std::string_view name);

/// What the user's code threw, or why it could not be loaded.
struct Fault {
    std::string type;
    std::string message;
    std::vector<std::string> stack; ///< One frame a line, innermost last: "file:line in function".
    bool operator==(const Fault &) const = default;
};

struct LogLine {
    std::int64_t timeUs = 0;
    std::string function;
    std::string invocation; ///< Empty while the worker starts.
    bool isError = false;   ///< From standard error.
    std::string text;
};

struct Invocation {
    std::string id;
    std::string function;
    std::string trigger; ///< "manual", "timer", "http", …
    std::string bundle;
    Trace trace;
    std::string event; ///< JSON text.
    Outcome outcome = Outcome::Result;
    std::string result; ///< JSON text; empty unless the outcome is Result.
    Fault fault;        ///< Empty type unless it failed.
    std::string
        capture; ///< More of its failure, see failureOf(); JSON text. Not sent over the wire.
    std::vector<LogLine> log;
    std::uint64_t logDropped = 0; ///< Lines beyond the limit, counted.
    bool cold = false;            ///< A worker had to be started for it.
    std::int64_t startUs = 0;     ///< When it was asked for.
    double queuedMs = 0;
    double initMs = 0;          ///< Starting the worker and importing; 0 when warm.
    double durationMs = 0;      ///< The handler alone.
    double cpuMs = 0;           ///< Processor time of it; 0 where the shim does not tell.
    std::uint64_t memoryKb = 0; ///< Peak resident size of the worker.
};

/// One number of one series.
struct Reading {
    std::uint64_t cursor = 0;   ///< Position in this runtime's stream, for resuming.
    std::uint64_t sequence = 0; ///< 1, 2, 3, … within the function on this runtime: gaps show loss.
    std::int64_t timeUs = 0;
    std::string function;
    std::string series;
    double value = 0;
    std::string bundle;
    std::string invocation;
};

/// Whether a function can answer.
enum class FunctionCondition { Ready, Starting, Failed };
[[nodiscard]] std::string_view wireName(FunctionCondition condition);

/// How one armed trigger of a function is.
struct TriggerState {
    std::string words;    ///< "every 100 ms", "queue orders, 3 waiting".
    bool failing = false; ///< It cannot do its work at present; the words say why.
    std::uint64_t events = 0;
    std::uint64_t overruns = 0; ///< Skipped because the last one was not done.
    std::uint64_t errors = 0;   ///< Events that did not end well.
};

struct FunctionState {
    FunctionSpec spec;
    std::string bundle;
    std::uint64_t version = 0;  ///< 1, 2, 3, … of this function on this runtime.
    std::string previousBundle; ///< What a rollback would bring back; may be empty.
    FunctionCondition condition = FunctionCondition::Ready;
    Fault fault;         ///< Why the newest version does not load; the last good one serves.
    std::string root;    ///< Folder its files are run from.
    bool armed = false;  ///< Its triggers fire.
    bool frozen = false; ///< A debugger holds it.
    bool debugging = false;
    int workers = 0;
    std::uint64_t invocations = 0;
    std::uint64_t failures = 0;
    std::uint64_t overruns = 0; ///< Timer ticks that were skipped because the last was not done.
    std::vector<TriggerState> triggers; ///< In the order of the spec's; empty while disarmed.
    std::vector<AlarmState> alarms;     ///< In the order of the spec's.
};

/// Makes a version of a function serve.
struct PutRequest {
    Manifest manifest;
    /// Not empty: the manifest has only those files that differ from this bundle's, and \c removed
    /// the paths that are not there any more. A runtime that has no such bundle misses its digest.
    std::string base;
    std::vector<std::string> removed;
    /// Contents by digest, zstd compressed where "zstd:" precedes the digest. Only what the runtime
    /// lacks.
    std::map<std::string, std::string> blobs;
    /// Not empty: the files lie on this machine below this folder and are run from there; changes
    /// there become new versions by themselves. Only over a local channel.
    std::string root;
    bool armed = true;  ///< Whether its triggers fire.
    bool lease = false; ///< The function goes when this channel closes.
};

struct PutResult {
    std::string bundle;
    std::uint64_t version = 0;
    std::vector<std::string>
        missing;                 ///< Digests to send again; nothing was changed when not empty.
    bool changed = false;        ///< False: this very bundle was serving already.
    double initMs = 0;           ///< From start of a worker to a loaded handler.
    std::int64_t switchedUs = 0; ///< When the new version began to serve.
};

struct InvokeRequest {
    std::string function;
    std::string event = "{}"; ///< JSON text.
    std::string trigger = "manual";
    std::string id;   ///< From createId(), for who must know it before the end; empty: the runtime
                      ///< makes one. Not sent over the wire.
    Trace cause = {}; ///< Who asks for it: its chain and its span, where they are known.
};

/// One version of one function that began to serve: the marker on a chart.
struct Switch {
    std::string function;
    std::string bundle;
    std::uint64_t version = 0;
    std::int64_t timeUs = 0;
};

/// One thing that happened, as a subscription delivers it.
struct Happening {
    enum class Kind { Invocation, Log, Function, FunctionRemoved, Switch, Readings, Alarm };
    Kind kind = Kind::Log;
    Invocation invocation; ///< Kind::Invocation, without its log.
    LogLine log;
    FunctionState function;   ///< Kind::Function
    std::string functionName; ///< Kind::FunctionRemoved
    Switch switched;
    std::vector<Reading> readings;
    AlarmChange alarm;
};

/// What a subscription wants to hear. Readings come only after they are stored, each exactly once
/// and in order; with \c afterCursor the stored ones after it come first.
struct SubscribeRequest {
    bool invocations = false;
    bool log = false;
    bool functions = false; ///< States, switches, alarms; every present state comes first.
    bool readings = false;
    std::uint64_t afterCursor = 0;
    bool readingsFromNow = true; ///< Ignores afterCursor.
    std::string function;        ///< Only this one; empty: all.
};

struct DebugRequest {
    std::string function;
    std::string host = "127.0.0.1"; ///< Where the debug adapter listens for the worker.
    int port = 0;                   ///< 0: end debugging; the function gets ordinary workers again.
    std::string accessToken;
};

[[nodiscard]] nlohmann::json toJson(const Hello &hello);
[[nodiscard]] nlohmann::json toJson(const Error &error);
[[nodiscard]] nlohmann::json toJson(const Fault &fault);
[[nodiscard]] nlohmann::json toJson(const LogLine &line);
[[nodiscard]] nlohmann::json toJson(const Invocation &invocation);
[[nodiscard]] nlohmann::json toJson(const Reading &reading);
[[nodiscard]] nlohmann::json toJson(const FunctionState &state);
[[nodiscard]] nlohmann::json toJson(const PutRequest &request);
[[nodiscard]] nlohmann::json toJson(const PutResult &result);
[[nodiscard]] nlohmann::json toJson(const InvokeRequest &request);
[[nodiscard]] nlohmann::json toJson(const Happening &happening);
[[nodiscard]] nlohmann::json toJson(const SubscribeRequest &request);
[[nodiscard]] nlohmann::json toJson(const DebugRequest &request);

/// The other way. \a T is one of the values above; ErrorCode::RequestInvalid says which field is
/// wrong.
template<typename T> [[nodiscard]] Result<T> fromJson(const nlohmann::json &json);

/// An error as it came over the wire: an unknown code becomes ErrorCode::Internal with the name
/// kept.
[[nodiscard]] Error errorFromJson(const nlohmann::json &json);

} // namespace runtime
