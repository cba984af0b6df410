#include "runtime-bridge/function/applicationfile.h"

#include "runtime-bridge/base/suggestion.h"
#include "runtime-bridge/function/alarmsettings.h"
#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/function/entry.h"
#include "runtime-bridge/function/quantity.h"
#include "runtime-bridge/function/runtimekind.h"
#include "runtime-bridge/function/triggersettings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>

namespace runtime {

namespace fs = std::filesystem;

namespace {

std::string suggestion(std::string_view word, std::span<const std::string_view> known)
{
    const std::optional<std::string> closest = closestWord(word, known);
    return closest ? "; did you mean \"" + *closest + "\"?" : std::string();
}

constexpr std::array<std::string_view, 3> rootKeys{"application", "functions", "targets"};
constexpr std::array<std::string_view, 16> functionKeys{
    "source",    "runtime", "handler",     "dialect",   "form",        "memory",
    "temporary", "timeout", "concurrency", "instances", "environment", "secrets",
    "triggers",  "retry",   "readings",    "alarms"};
constexpr std::array<std::string_view, 3> instanceKeys{"min", "max", "idle"};
constexpr std::array<std::string_view, 1> readingKeys{"from"};
constexpr std::array<std::string_view, 3> targetKinds{"device", "edgewright", "openwhisk"};

/// One pass over the YAML tree; every objection is noted with its place and reading goes on.
class Reader
{
public:
    Reader(const fs::path &folder, ParsedApplication &out) : m_folder(folder), m_out(out) {}

    void read(const YAML::Node &root)
    {
        if (!root.IsMap()) {
            note(root, "the file must be a mapping with \"application\" and \"functions\"");
            return;
        }
        checkKeys(root, rootKeys, "here");
        Application &application = m_out.application;
        application.name = text(root["application"]);
        if (application.name.empty())
            application.name = m_folder.filename().string();
        if (!isFunctionName(application.name))
            note(root["application"], "an application's name has letters, digits, '-', '_', '.'");
        readEach(root["functions"], "functions",
                 [this](const std::string &name, auto &where, auto &node) {
                     function(name, where, node);
                 });
        if (application.functions.empty() && m_out.problems.empty())
            note(root, "no function is declared under \"functions\"");
        for (const auto &[wanted, place] : m_alarmed)
            if (!application.function(wanted))
                note(place, "an alarm invokes \"" + wanted + "\", and there is no such function");
        readEach(root["targets"], "targets",
                 [this](const std::string &name, auto &where, auto &node) {
                     target(name, where, node);
                 });
    }

    void note(const YAML::Mark &mark, std::string message, bool warning = false)
    {
        const bool known = !mark.is_null();
        m_out.problems.push_back({(m_folder / applicationFileName).string(),
                                  known ? mark.line + 1 : 0, known ? mark.column + 1 : 0, warning,
                                  std::move(message)});
    }

private:
    void note(const YAML::Node &node, std::string message)
    {
        note(node.IsDefined() ? node.Mark() : YAML::Mark::null_mark(), std::move(message));
    }

    template<typename Handle>
    void readEach(const YAML::Node &node, std::string_view what, const Handle &handle)
    {
        if (!node.IsDefined() || node.IsNull())
            return;
        if (!node.IsMap()) {
            note(node, "\"" + std::string(what) + "\" must be a mapping of names");
            return;
        }
        std::set<std::string> seen;
        for (const auto &item : node) {
            const std::string name = text(item.first);
            if (!isFunctionName(name))
                note(item.first,
                     "a name has letters, digits, '-', '_', '.' and begins with a letter "
                     "or digit");
            else if (!seen.insert(name).second)
                note(item.first, "\"" + name + "\" is declared twice");
            else
                handle(name, item.first, item.second);
        }
    }

    void checkKeys(const YAML::Node &node, std::span<const std::string_view> known,
                   const std::string &where)
    {
        std::set<std::string> seen;
        for (const auto &item : node) {
            const std::string key = text(item.first);
            if (std::ranges::find(known, key) == known.end())
                note(item.first, "unknown key \"" + key + "\" " + where + suggestion(key, known));
            else if (!seen.insert(key).second)
                note(item.first, "\"" + key + "\" is given twice");
        }
    }

    std::string text(const YAML::Node &node)
    {
        if (!node.IsDefined() || node.IsNull())
            return {};
        if (!node.IsScalar()) {
            note(node, "a single value is expected here");
            return {};
        }
        return node.Scalar();
    }

    std::string oneOf(const YAML::Node &node, std::span<const std::string_view> known,
                      const std::string &what)
    {
        const std::string word = text(node);
        if (!word.empty() && std::ranges::find(known, word) == known.end()) {
            std::string list;
            for (const std::string_view item : known)
                list += (list.empty() ? "" : ", ") + std::string(item);
            note(node, "unknown " + what + " \"" + word + "\"" + suggestion(word, known) +
                           " (known: " + list + ")");
            return {};
        }
        return word;
    }

    std::chrono::milliseconds duration(const YAML::Node &node, std::chrono::milliseconds otherwise)
    {
        if (!node.IsDefined())
            return otherwise;
        if (const auto value = durationFromText(text(node)))
            return *value;
        note(node, "a duration such as 100ms, 3s or 5min is expected");
        return otherwise;
    }

    int whole(const YAML::Node &node, int otherwise, int least, int most)
    {
        if (!node.IsDefined())
            return otherwise;
        int value = 0;
        if (node.IsScalar() && YAML::convert<int>::decode(node, value) && value >= least &&
            value <= most)
            return value;
        note(node, "a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                       " is expected");
        return otherwise;
    }

    void function(const std::string &name, const YAML::Node &where, const YAML::Node &node)
    {
        ApplicationFunction function;
        FunctionSpec &spec = function.spec;
        spec.name = name;
        spec.application = m_out.application.name;
        if (!node.IsNull() && !node.IsMap()) {
            note(node, "a function is a mapping with source, runtime, handler, …");
            return;
        }
        if (node.IsMap())
            checkKeys(node, functionKeys, "in function \"" + name + "\"");
        const auto at = [&](const char *key) {
            return node.IsMap() ? node[key] : YAML::Node(YAML::NodeType::Undefined);
        };
        if (at("temporary").IsDefined())
            temporary(at("temporary"), spec);
        limits(at("memory"), at("timeout"), at("concurrency"), at("instances"), spec);
        environment(at("environment"), spec);
        if (at("secrets").IsDefined())
            note(at("secrets"), "secrets are not read from the keyring yet; use environment");
        triggers(at("triggers"), spec);
        if (at("retry").IsDefined())
            spec.retry = readRetry(at("retry"), problemNoter());
        readings(at("readings"), spec);
        if (at("alarms").IsDefined()) {
            spec.alarms = readAlarms(at("alarms"), name, problemNoter());
            for (const Alarm &alarm : spec.alarms)
                if (!alarm.function.empty())
                    m_alarmed.emplace_back(alarm.function, at("alarms"));
        }
        source(at("source"), where, at("runtime"), at("handler"), at("dialect"), function);
        if (at("form").IsDefined())
            spec.form = functionFormFromName(oneOf(at("form"), functionFormNames(), "form"))
                            .value_or(spec.form);
        if (spec.concurrency > 1 && !isService(spec))
            note(at("concurrency"), "only a service takes several requests at a time");
        m_out.application.functions.push_back(std::move(function));
    }

    void temporary(const YAML::Node &node, FunctionSpec &spec)
    {
        const auto bytes = sizeFromText(text(node));
        if (bytes && *bytes >= (1u << 20))
            spec.temporaryBytes = *bytes;
        else
            note(node, "a size of at least 1MB is expected, such as 512MB");
    }

    void limits(const YAML::Node &memory, const YAML::Node &timeout, const YAML::Node &concurrency,
                const YAML::Node &instances, FunctionSpec &spec)
    {
        if (memory.IsDefined()) {
            const auto bytes = sizeFromText(text(memory));
            if (bytes && *bytes >= (8u << 20))
                spec.memoryBytes = *bytes;
            else
                note(memory, "a size of at least 8MB is expected, such as 64MB");
        }
        spec.timeout = duration(timeout, spec.timeout);
        if (spec.timeout < std::chrono::milliseconds(1) || spec.timeout > std::chrono::hours(24))
            note(timeout, "a timeout lies between 1ms and 24h");
        spec.concurrency = whole(concurrency, spec.concurrency, 1, 1000);
        if (!instances.IsDefined())
            return;
        if (!instances.IsMap()) {
            note(instances, "instances is a mapping such as {min: 0, max: 10, idle: 60s}");
            return;
        }
        checkKeys(instances, instanceKeys, "in instances");
        spec.instances.min = whole(instances["min"], spec.instances.min, 0, 1000);
        spec.instances.max = whole(instances["max"], spec.instances.max, 1, 1000);
        spec.instances.idle = duration(instances["idle"], spec.instances.idle);
        if (spec.instances.max < spec.instances.min)
            note(instances, "max is smaller than min");
    }

    void environment(const YAML::Node &node, FunctionSpec &spec)
    {
        if (!node.IsDefined() || node.IsNull())
            return;
        if (!node.IsMap()) {
            note(node, "environment is a mapping of names to values");
            return;
        }
        for (const auto &item : node) {
            const std::string name = text(item.first);
            if (name.empty() || name.find_first_of(std::string("=\0", 2)) != std::string::npos)
                note(item.first, "\"" + name + "\" cannot be the name of a variable");
            else
                spec.environment[name] = text(item.second);
        }
    }

    NoteProblem problemNoter()
    {
        return [this](const YAML::Node &place, std::string message) {
            note(place, std::move(message));
        };
    }

    void triggers(const YAML::Node &node, FunctionSpec &spec)
    {
        if (!node.IsDefined() || node.IsNull())
            return;
        if (!node.IsSequence()) {
            note(node, "triggers is a list, each with one kind: - timer: {every: 100ms}");
            return;
        }
        for (const YAML::Node &item : node)
            if (auto trigger = readTrigger(item, m_folder, problemNoter()))
                spec.triggers.push_back(std::move(*trigger));
    }

    void readings(const YAML::Node &node, FunctionSpec &spec)
    {
        if (!node.IsDefined())
            return;
        if (!node.IsMap() || !node["from"].IsDefined() || !node["from"].IsSequence()) {
            note(node, "readings is {from: [result, log]}, or {from: []} for none");
            return;
        }
        checkKeys(node, readingKeys, "in readings");
        constexpr std::array<std::string_view, 2> places{"result", "log"};
        std::set<std::string> from;
        for (const YAML::Node &place : node["from"])
            from.insert(oneOf(place, places, "place"));
        spec.readingsFromResult = from.contains("result");
        spec.readingsFromLog = from.contains("log");
    }

    void source(const YAML::Node &node, const YAML::Node &where, const YAML::Node &runtime,
                const YAML::Node &handler, const YAML::Node &dialect, ApplicationFunction &function)
    {
        const std::string given = text(node);
        const fs::path relative = given.empty() ? fs::path(function.spec.name) : fs::path(given);
        function.source = (m_folder / relative).lexically_normal();
        if (!function.source.has_filename()) // the folder itself, as "."
            function.source = function.source.parent_path();
        const Entry wanted{oneOf(runtime, runtimeNames(), "runtime"), text(handler),
                           oneOf(dialect, dialectNames(), "dialect"), std::nullopt};
        const YAML::Node place = node.IsDefined() ? node : where;
        if (relative.is_absolute() || relative.lexically_normal().string().starts_with("..")) {
            note(place, "the source must lie inside the application's folder");
            return;
        }
        const Result<Entry> entry = findEntry(function.source, wanted);
        if (!entry) {
            note(handler.IsDefined() ? handler : place,
                 entry.error().code == ErrorCode::SourceAmbiguous
                     ? "several functions fit; set \"handler\" to one of: " + entry.error().detail
                 : entry.error().code == ErrorCode::DialectAmbiguous
                     ? "the dialect is not clear; set \"dialect\" to one of: " +
                           entry.error().detail
                     : relative.string() + ": " + entry.error().detail);
            return;
        }
        function.spec.runtime = entry->runtime;
        function.spec.handler = entry->handler;
        function.spec.dialect = entry->dialect;
        function.spec.form = entry->form.value_or(FunctionForm::Event);
    }

    void target(const std::string &name, const YAML::Node &where, const YAML::Node &node)
    {
        if (!node.IsMap() || node.size() != 1) {
            note(where, "a target has one kind, such as {device: pi@porch.local}");
            return;
        }
        const YAML::Node kind = node.begin()->first;
        const YAML::Node settings = node.begin()->second;
        ApplicationTarget target{name, oneOf(kind, targetKinds, "kind of target"), {}};
        if (target.kind.empty())
            return;
        if (settings.IsScalar())
            target.settings[target.kind == "device" ? "address" : "endpoint"] = settings.Scalar();
        else if (settings.IsMap())
            for (const auto &item : settings)
                target.settings[text(item.first)] = text(item.second);
        m_out.application.targets.push_back(std::move(target));
    }

    std::vector<std::pair<std::string, YAML::Node>> m_alarmed; ///< Whom alarms invoke, and where.
    const fs::path &m_folder;
    ParsedApplication &m_out;
};

} // namespace

const ApplicationFunction *Application::function(std::string_view wanted) const
{
    const auto it = std::ranges::find_if(
        functions, [&](const ApplicationFunction &item) { return item.spec.name == wanted; });
    return it == functions.end() ? nullptr : &*it;
}

bool ParsedApplication::isUsable() const
{
    return std::ranges::all_of(problems, &Problem::warning);
}

ParsedApplication parseApplication(std::string_view text, const fs::path &folder)
{
    ParsedApplication parsed;
    std::error_code error;
    parsed.application.folder = fs::absolute(folder, error).lexically_normal();
    if (!parsed.application.folder.has_filename())
        parsed.application.folder = parsed.application.folder.parent_path();
    parsed.file = parsed.application.folder / applicationFileName;
    Reader reader(parsed.application.folder, parsed);
    try {
        reader.read(YAML::Load(std::string(text)));
    } catch (const YAML::Exception &exception) {
        reader.note(exception.mark, exception.msg);
    }
    return parsed;
}

Result<Application> applicationOfSource(const fs::path &file, const FunctionSpec &wanted)
{
    std::error_code error;
    const fs::path source = fs::absolute(file, error).lexically_normal();
    const Result<Entry> entry =
        findEntry(source, {wanted.runtime, wanted.handler, wanted.dialect, std::nullopt});
    if (!entry)
        return tl::unexpected(entry.error());
    FunctionSpec spec = wanted;
    spec.runtime = entry->runtime;
    spec.handler = entry->handler;
    spec.dialect = entry->dialect;
    spec.form = entry->form.value_or(FunctionForm::Event);
    if (spec.name.empty()) {
        spec.name = source.stem().string();
        std::erase_if(spec.name, [](char c) { return !isFunctionName(std::string("a") + c); });
        if (!isFunctionName(spec.name))
            spec.name = "function";
    }
    Application application;
    application.name = spec.name;
    application.folder = source.parent_path();
    application.functions.push_back({std::move(spec), source});
    return application;
}

} // namespace runtime
