#include "runtime-bridge/function/importers/import.h"

#include "runtime-bridge/function/entry.h"
#include "runtime-bridge/function/importers/runnable.h"
#include "runtime-bridge/function/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace runtime::importers {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

namespace {

std::string lower(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return text;
}

std::string upper(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    return text;
}

/// A name as we allow it: other characters become '-'.
std::string fitName(std::string name)
{
    for (char &c : name)
        if (!isFunctionName(std::string("a") + c))
            c = '-';
    while (!name.empty() && !isFunctionName(name.substr(0, 1)))
        name.erase(0, 1);
    return name.substr(0, 64);
}

/// The beginnings of what platforms call a language, in lower case, and our word for it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> languages{{
    {"python2", "python2"},
    {"python", "python3"},
    {"nodejs", "nodejs"},
    {"node", "nodejs"},
    {"golang", "go"},
    {"go", "go"},
    {"php", "php"},
    {"ruby", "ruby"},
    {"java", "java"},
    {"provided", "custom"},
    {"custom", "custom"},
    {"dotnet", "dotnet"},
}};

} // namespace

Import::Import(const fs::path &folder, const fs::path &file) : m_folder(folder), m_file(file)
{
    m_parsed.application.folder = folder;
    m_parsed.file = file;
    m_parsed.application.name = fitName(folder.filename().string());
}

void Import::report(const Node &at, std::string message, bool warning)
{
    report({at.file ? *at.file : m_file.string(), at.line, at.column, warning, std::move(message)});
}

void Import::report(Problem problem)
{
    // A value that several functions share is looked at for each of them.
    if (std::ranges::find(m_parsed.problems, problem) == m_parsed.problems.end())
        m_parsed.problems.push_back(std::move(problem));
}

void Import::addPart(const fs::path &file)
{
    if (std::ranges::find(m_parsed.parts, file) == m_parsed.parts.end())
        m_parsed.parts.push_back(file);
}

void Import::note(const Node &at, std::string message)
{
    report(at, std::move(message), true);
}

void Import::refuse(const Node &at, std::string message)
{
    report(at, std::move(message), false);
}

std::string Import::text(const Node &node)
{
    if (!node.isThere() || node.isScalar())
        return node.text;
    note(node, "a single value is expected here");
    return {};
}

std::optional<std::int64_t> Import::number(const Node &node)
{
    if (!node.isThere())
        return std::nullopt;
    const std::string words = text(node);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), value);
    if (error == std::errc() && end == words.data() + words.size() && value >= 0)
        return value;
    if (node.isScalar())
        note(node, "\"" + words + "\" is no whole number");
    return std::nullopt;
}

bool Import::isTrue(const Node &node)
{
    const std::string word = lower(node.text);
    return node.isScalar() && (word == "true" || word == "yes" || word == "on");
}

void Import::setName(const Node &node)
{
    const std::string given = text(node);
    if (given.empty())
        return;
    const std::string name = fitName(given);
    if (name.empty())
        return note(node, "\"" + given + "\" cannot be the name of an application");
    if (name != given)
        note(node, "the application is called \"" + name + "\" here");
    application().name = name;
}

std::optional<FunctionSpec> Import::createSpec(const Node &name)
{
    FunctionSpec spec;
    const std::string given = text(name);
    spec.name = fitName(given);
    if (spec.name.empty()) {
        note(name, "\"" + given + "\" cannot be the name of a function; it is left out");
        return std::nullopt;
    }
    if (!m_names.insert(spec.name).second) {
        note(name, "there are two functions \"" + spec.name + "\"; this one is left out");
        return std::nullopt;
    }
    if (spec.name != given)
        note(name, "the function \"" + given + "\" is called \"" + spec.name + "\" here");
    return spec;
}

std::optional<std::uint64_t> Import::sizeOf(const Node &node, const std::string &what)
{
    if (!node.isThere())
        return std::nullopt;
    std::string words = text(node);
    if (words.ends_with('i')) // Kubernetes: 512Mi
        words.back() = 'B';
    const bool isPlain = words.find_first_not_of("0123456789.") == std::string::npos;
    const std::optional<std::uint64_t> bytes = sizeFromText(isPlain ? words + "MB" : words);
    if (!bytes)
        note(node, "\"" + words + "\" is no size of " + what);
    return bytes;
}

void Import::setTemporary(FunctionSpec &spec, const Node &node)
{
    if (const auto bytes = sizeOf(node, "temporary space"))
        spec.temporaryBytes = std::max<std::uint64_t>(*bytes, 1ull << 20);
}

void Import::setMemory(FunctionSpec &spec, const Node &node)
{
    const std::optional<std::uint64_t> bytes = sizeOf(node, "memory");
    if (!bytes)
        return;
    if (*bytes < (8ull << 20))
        note(node, "less than 8 MB of memory cannot be given; the function has 8 MB");
    spec.memoryBytes = std::max<std::uint64_t>(*bytes, 8ull << 20);
}

void Import::setTimeout(FunctionSpec &spec, const Node &node, milliseconds unit)
{
    if (!node.isThere())
        return;
    const std::string words = text(node);
    const bool isPlain = words.find_first_not_of("0123456789.") == std::string::npos;
    const std::optional<milliseconds> given =
        durationFromText(!isPlain                     ? words
                         : unit == milliseconds(1000) ? words + "s"
                                                      : words + "ms");
    if (!given || *given < milliseconds(1))
        return note(node, "\"" + words + "\" is no timeout");
    if (*given > std::chrono::hours(24))
        note(node, "a timeout is at most 24 hours here");
    spec.timeout = std::min<milliseconds>(*given, std::chrono::hours(24));
}

void Import::setEnvironment(FunctionSpec &spec, const Node &node)
{
    if (!node.isThere())
        return;
    if (!node.isMap())
        return note(node, "environment is a mapping of names to values");
    for (const Member &member : node.members) {
        const std::string name = text(member.name);
        if (name.empty() || name.find('=') != std::string::npos)
            note(member.name, "\"" + name + "\" cannot be the name of a variable");
        else if (member.value.kind == Node::Kind::Null)
            spec.environment[name] = "";
        else if (member.value.isThere())
            spec.environment[name] = text(member.value);
    }
}

void Import::setRuntime(FunctionSpec &spec, const Node &node)
{
    const std::string given = text(node);
    if (given.empty())
        return;
    const std::string word = lower(given);
    const auto it = std::ranges::find_if(
        languages, [&](const auto &language) { return word.starts_with(language.first); });
    spec.runtime = it == languages.end() ? given : std::string(it->second);
}

void Import::addHttp(FunctionSpec &spec, const Node &path, const std::vector<Node> &methods)
{
    HttpTrigger http{text(path), {}};
    if (!http.path.starts_with('/'))
        http.path.insert(0, 1, '/');
    for (const Node &node : methods) {
        const std::string method = upper(text(node));
        if (method == "ANY" || method == "*") {
            http.methods.clear();
            break;
        }
        if (!method.empty())
            http.methods.push_back(method);
    }
    if (std::ranges::find(spec.triggers, Trigger(http)) == spec.triggers.end())
        spec.triggers.emplace_back(std::move(http));
}

void Import::addEveryPath(FunctionSpec &spec, const Node &at)
{
    addHttp(spec, at.scalar("/"), {});
    addHttp(spec, at.scalar("/{proxy+}"), {});
}

void Import::addTimer(FunctionSpec &spec, const Node &at, const Result<Schedule> &schedule)
{
    if (!schedule)
        note(at, "the schedule \"" + schedule.error().subject + "\" of function \"" + spec.name +
                     "\" is not run: " + schedule.error().detail);
    else if (schedule->every.count() > 0)
        addTrigger(spec, at, TimerTrigger{schedule->every});
    else
        addTrigger(spec, at, TimerTrigger{milliseconds(0), schedule->cron, schedule->zone});
}

void Import::addObject(FunctionSpec &spec, const Node &at, ObjectTrigger object,
                       const std::vector<Node> &events)
{
    for (const Node &node : events) {
        const std::string event = lower(text(node));
        const bool created = event.find("created") != std::string::npos;
        const bool removed = event.find("remove") != std::string::npos;
        const std::string word = created ? "created" : "removed";
        if (!created && !removed)
            note(node, "the event \"" + node.text + "\" is not told here");
        else if (std::ranges::find(object.events, word) == object.events.end())
            object.events.push_back(word);
    }
    if (!events.empty() && object.events.empty())
        return; // none of them is told
    addTrigger(spec, at, std::move(object));
}

void Import::addQueue(FunctionSpec &spec, const Node &at, std::string name, const Node &batch)
{
    QueueTrigger queue{name.substr(name.find_last_of(":/") + 1)};
    queue.batch = int(std::clamp<std::int64_t>(number(batch).value_or(10), 1, 10'000));
    addTrigger(spec, at, std::move(queue));
}

void Import::addTrigger(FunctionSpec &spec, const Node &at, Trigger trigger)
{
    if (const std::string objection = objectionTo(trigger); !objection.empty())
        note(at, "a trigger of function \"" + spec.name + "\" is not run: " + objection);
    else if (std::ranges::find(spec.triggers, trigger) == spec.triggers.end())
        spec.triggers.push_back(std::move(trigger));
}

void Import::noteTrigger(const FunctionSpec &spec, const Node &at, std::string_view kind)
{
    note(at, "the trigger \"" + std::string(kind) + "\" of function \"" + spec.name +
                 "\" does not fire here; invoke the function by hand");
}

void Import::leaveOut(const FunctionSpec &spec, const Node &at, const std::string &why)
{
    note(at, "function \"" + spec.name + "\" is left out: " + why);
}

void Import::add(FunctionSpec spec, const fs::path &source, const Node &at)
{
    if (!spec.runtime.empty() && !runsRuntime(spec.runtime))
        return leaveOut(spec, at, spec.runtime + " does not run here");
    if (!speaksDialect(spec.dialect))
        return leaveOut(spec, at, "functions of " + spec.dialect + " do not run here");
    if (spec.handler.starts_with("./"))
        spec.handler.erase(0, 2);
    fs::path whole = (m_folder / source).lexically_normal();
    if (!whole.has_filename()) // "folder/."
        whole = whole.parent_path();
    const fs::path relative = whole.lexically_relative(m_folder);
    if (relative.empty() || *relative.begin() == "..")
        return leaveOut(spec, at, "its source lies outside of the folder");
    const Result<Entry> entry = findEntry(whole, {spec.runtime, spec.handler, spec.dialect});
    if (!entry)
        return leaveOut(spec, at, relative.string() + ": " + entry.error().detail);
    spec.application = application().name;
    spec.runtime = entry->runtime;
    spec.handler = entry->handler;
    spec.dialect = entry->dialect;
    spec.form = entry->form.value_or(spec.form);
    application().functions.push_back({std::move(spec), std::move(whole)});
}

ParsedApplication Import::finish()
{
    if (m_parsed.application.functions.empty() && m_parsed.isUsable())
        refuse({}, "no function of this file can be run here");
    std::ranges::stable_sort(m_parsed.problems, [](const Problem &a, const Problem &b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    for (ApplicationFunction &function : m_parsed.application.functions)
        function.spec.application = m_parsed.application.name;
    return std::move(m_parsed);
}

} // namespace runtime::importers
