#include "runtime-bridge/daemon/whiskaction.h"

#include "runtime-bridge/base/digest.h"

#include <algorithm>

namespace runtime {

using nlohmann::json;

namespace {

constexpr std::int64_t maxTimeoutMs = 3'600'000;
constexpr std::int64_t minTimeoutMs = 100;
constexpr std::int64_t minMemoryMb = 32;
constexpr std::int64_t maxMemoryMb = 8'192;

bool isLetterOrDigit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool isEntityName(std::string_view name)
{
    const auto allowed = [](char c) {
        return isLetterOrDigit(c) || c == '_' || c == '@' || c == '.' || c == ' ' || c == '-';
    };
    return !name.empty() && name.size() <= 256 &&
           (isLetterOrDigit(name.front()) || name.front() == '_') && name.back() != ' ' &&
           std::ranges::all_of(name, allowed);
}

bool isIdentifier(std::string_view text)
{
    return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
           std::ranges::all_of(text,
                               [](char c) { return isLetterOrDigit(c) || c == '_' || c == '$'; });
}

bool isKeyValueList(const json &list)
{
    return list.is_array() && std::ranges::all_of(list, [](const json &item) {
               return item.is_object() && item.contains("key") && item["key"].is_string();
           });
}

tl::unexpected<Error> malformed(const std::string &why)
{
    return failure(ErrorCode::RequestInvalid, "action",
                   "The request content was malformed:\n" + why);
}

Result<> readExec(WhiskAction &action, const json &exec)
{
    if (!exec.is_object() || !exec.contains("kind") || !exec["kind"].is_string())
        return malformed("'kind' must be a string defined in 'exec'");
    action.kind = exec["kind"].get<std::string>();
    if (runtimeOfKind(action.kind).empty())
        return malformed("kind '" + action.kind + "' not in Set(" + knownKinds() + ")");
    const json code = exec.value("code", json());
    if (!code.is_string() || code.get_ref<const std::string &>().empty())
        return malformed("'code' must be a string defined in 'exec' for '" + action.kind +
                         "' actions");
    action.code = code.get<std::string>();
    action.main = exec.value("main", "");
    if (!action.main.empty() && !isIdentifier(action.main))
        return malformed("'main' must name a function");
    return {};
}

Result<> readNumber(const json &limits, const char *name, std::int64_t least, std::int64_t most,
                    std::int64_t &value)
{
    const auto given = limits.find(name);
    if (given == limits.end() || given->is_null())
        return {};
    if (!given->is_number_integer())
        return malformed(std::string("'") + name + "' must be a number");
    value = given->get<std::int64_t>();
    if (value < least || value > most)
        return malformed(std::string(name) + " " + std::to_string(value) +
                         " is not in the range of " + std::to_string(least) + " to " +
                         std::to_string(most));
    return {};
}

Result<> readLimits(WhiskAction &action, const json &limits)
{
    if (!limits.is_object())
        return malformed("'limits' must be an object");
    return readNumber(limits, "timeout", minTimeoutMs, maxTimeoutMs, action.timeoutMs)
        .and_then(
            [&] { return readNumber(limits, "memory", minMemoryMb, maxMemoryMb, action.memoryMb); })
        .and_then([&] { return readNumber(limits, "logs", 0, 10, action.logsMb); })
        .and_then([&] { return readNumber(limits, "concurrency", 1, 500, action.concurrency); });
}

} // namespace

std::string WhiskAction::package() const
{
    const std::size_t slash = name.find('/');
    return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

std::string WhiskAction::shortName() const
{
    return name.substr(name.find('/') + 1); // npos + 1 is 0
}

bool isActionName(const std::string &name)
{
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos)
        return isEntityName(name);
    return isEntityName(std::string_view(name).substr(0, slash)) &&
           isEntityName(std::string_view(name).substr(slash + 1));
}

std::string functionNameOf(const std::string &action)
{
    std::string name = action;
    bool isChanged = !isLetterOrDigit(name.front());
    for (char &c : name)
        if (c == '/') {
            c = '.'; // the only one that stays readable and reversible
        } else if (!isLetterOrDigit(c) && c != '_' && c != '-') {
            c = '-';
            isChanged = true;
        }
    constexpr std::size_t longest = 64;
    if (!isChanged && name.size() <= longest)
        return name;
    const std::string suffix = '-' + shortDigest(digestOf(action), 10);
    return "a" + name.substr(0, longest - 1 - suffix.size()) + suffix;
}

std::string runtimeOfKind(const std::string &kind)
{
    const std::string family = kind.substr(0, kind.find(':'));
    const std::string version = kind.substr(std::min(kind.size(), family.size() + 1));
    if (family == "python" && (version == "default" || version.starts_with('3')))
        return "python3";
    if (family == "nodejs" && !version.empty())
        return "nodejs";
    return {};
}

std::string knownKinds()
{
    return "nodejs:default, nodejs:18, nodejs:20, nodejs:22, python:default, python:3";
}

Result<WhiskAction> updated(WhiskAction action, const json &body)
{
    if (!body.is_object())
        return malformed("Expected an object");
    if (const auto exec = body.find("exec"); exec != body.end()) {
        if (const Result<> read = readExec(action, *exec); !read)
            return tl::unexpected(read.error());
    } else if (action.code.empty()) {
        return malformed("exec undefined");
    }
    if (const auto limits = body.find("limits"); limits != body.end() && !limits->is_null())
        if (const Result<> read = readLimits(action, *limits); !read)
            return tl::unexpected(read.error());
    for (const auto &[name, list] : {std::pair{"annotations", &action.annotations},
                                     std::pair{"parameters", &action.parameters}})
        if (const auto given = body.find(name); given != body.end()) {
            if (!isKeyValueList(*given))
                return malformed(std::string("'") + name + "' must be a list of keys and values");
            *list = *given;
        }
    ++action.version;
    action.fault = {};
    return action;
}

json toWhiskJson(const WhiskAction &action, bool withCode)
{
    json annotations = action.annotations;
    const auto isOurs = [](const json &item) {
        return item["key"] == "exec" || item["key"] == "edgewright-fault";
    };
    annotations.erase(std::remove_if(annotations.begin(), annotations.end(), isOurs),
                      annotations.end());
    annotations.push_back({{"key", "exec"}, {"value", action.kind}});
    if (!action.fault.type.empty())
        annotations.push_back({{"key", "edgewright-fault"}, {"value", toJson(action.fault)}});
    json exec{{"kind", action.kind}, {"binary", action.code.starts_with("UEsD")}};
    if (withCode)
        exec["code"] = action.code;
    if (!action.main.empty())
        exec["main"] = action.main;
    const std::string package = action.package();
    return {{"namespace", package.empty() ? std::string("guest") : "guest/" + package},
            {"name", action.shortName()},
            {"version", action.versionText()},
            {"publish", false},
            {"annotations", std::move(annotations)},
            {"parameters", action.parameters},
            {"exec", std::move(exec)},
            {"limits",
             {{"timeout", action.timeoutMs},
              {"memory", action.memoryMb},
              {"logs", action.logsMb},
              {"concurrency", action.concurrency}}},
            {"updated", action.updatedMs}};
}

json toJson(const WhiskAction &action)
{
    return {{"format", 1},
            {"name", action.name},
            {"kind", action.kind},
            {"code", action.code},
            {"main", action.main},
            {"annotations", action.annotations},
            {"parameters", action.parameters},
            {"timeout_ms", action.timeoutMs},
            {"memory_mb", action.memoryMb},
            {"logs_mb", action.logsMb},
            {"concurrency", action.concurrency},
            {"version", action.version},
            {"updated_ms", action.updatedMs},
            {"fault", toJson(action.fault)}};
}

Result<WhiskAction> whiskActionFromJson(const json &object)
try {
    WhiskAction action;
    action.name = object.at("name").get<std::string>();
    action.kind = object.at("kind").get<std::string>();
    action.code = object.at("code").get<std::string>();
    action.main = object.value("main", "");
    action.annotations = object.value("annotations", json::array());
    action.parameters = object.value("parameters", json::array());
    action.timeoutMs = object.value("timeout_ms", action.timeoutMs);
    action.memoryMb = object.value("memory_mb", action.memoryMb);
    action.logsMb = object.value("logs_mb", action.logsMb);
    action.concurrency = object.value("concurrency", action.concurrency);
    action.version = object.value("version", 1);
    action.updatedMs = object.value("updated_ms", action.updatedMs);
    if (const Result<Fault> fault = fromJson<Fault>(object.value("fault", json::object())))
        action.fault = *fault;
    if (!isActionName(action.name))
        return failure(ErrorCode::RequestInvalid, action.name, "not an action's name");
    return action;
} catch (const std::exception &error) {
    return failure(ErrorCode::RequestInvalid, "action", error.what());
}

} // namespace runtime
