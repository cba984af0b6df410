#include "runtime-bridge/daemon/workerfault.h"

#include "runtime-bridge/function/runtimekind.h"

#include <nlohmann/json.hpp>

#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace runtime {

bool ranOutOfMemory(int status, std::string_view lastError)
{
    // V8 says so and aborts.
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGTRAP) &&
           lastError.find("out of memory") != std::string_view::npos;
}

std::string endedHow(std::optional<int> status)
{
    if (!status)
        return "ended";
    if (WIFSIGNALED(*status))
        return std::string("was ended by signal ") + ::strsignal(WTERMSIG(*status));
    return "ended with status " + std::to_string(WEXITSTATUS(*status));
}

namespace {

/// The last lines of \a text, each after a line end.
std::string lastLines(std::string_view text)
{
    std::size_t at = text.size();
    for (int lines = 0; lines < 5 && at != std::string_view::npos && at > 0; ++lines)
        at = text.rfind('\n', at - 1);
    return std::string(at == std::string_view::npos ? text : text.substr(at));
}

} // namespace

Fault faultOfDeath(Outcome outcome, const FunctionSpec &spec, std::optional<int> status,
                   std::string_view lastError)
{
    switch (outcome) {
    case Outcome::Timeout:
        return {"Timeout",
                "the function did not finish within " + std::to_string(spec.timeout.count()) +
                    " ms",
                {}};
    case Outcome::OutOfMemory:
        return {"OutOfMemory",
                "the function took more than " + std::to_string(spec.memoryBytes >> 20) + " MB",
                {}};
    case Outcome::OutOfSpace:
        return {"OutOfSpace",
                "the function put more than " + std::to_string(spec.temporaryBytes >> 20) +
                    " MB into its temporary folder",
                {}};
    case Outcome::Cancelled: return {"Cancelled", "cancelled", {}};
    default:
        return {"WorkerDied",
                "the worker " + endedHow(status) +
                    (isService(spec) && !lastError.empty() ? ':' + lastLines(lastError) : ""),
                {}};
    }
}

Fault faultOfLoading(std::optional<Outcome> verdict, std::optional<int> status,
                     const std::string &lastError)
{
    if (verdict == Outcome::Timeout)
        return {"Timeout", "the function did not load within 30 s", {}};
    if (verdict == Outcome::OutOfMemory)
        return {"OutOfMemory", "loading the function took more memory than it may have", {}};
    return {"WorkerDied",
            "the worker " + endedHow(status) + " while it loaded the function" +
                (lastError.empty() ? "" : ":" + lastError),
            {}};
}

Fault faultOfStart(const Error &error)
{
    using nlohmann::json;
    if (error.code == ErrorCode::FunctionInitFailed)
        if (const json object = json::parse(error.detail, nullptr, false); object.is_object())
            if (const Result<Fault> fault = fromJson<Fault>(object))
                return *fault;
    return {std::string(wireName(error.code)), error.subject + ": " + error.detail, {}};
}

} // namespace runtime
