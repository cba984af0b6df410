#include "runtime-bridge/function/importers/azurefile.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/importers/section.h"

#include <algorithm>
#include <array>

namespace runtime::importers {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

class AzureReader
{
public:
    AzureReader(const Node &root, Import &import) : m_root(root), m_import(import) {}

    void read()
    {
        readHost();
        readSettings();
        std::error_code error;
        std::vector<fs::path> files;
        for (const fs::directory_entry &item : fs::directory_iterator(m_import.folder(), error))
            if (const fs::path file = item.path() / "function.json";
                fs::is_regular_file(file, error))
                files.push_back(file);
        std::ranges::sort(files);
        for (const fs::path &file : files)
            readFunction(file);
        if (files.empty())
            m_import.refuse(m_root, "no folder here has a function.json; functions that their "
                                    "source registers itself are not read");
    }

private:
    void readHost()
    {
        Section host(m_import, m_root, "the file");
        (void)host.take("version");
        m_timeout = host.take("functionTimeout");
        Section extensions(m_import, host.take("extensions"), "\"extensions\"");
        Section http(m_import, extensions.take("http"), "\"http\"");
        if (const Node prefix = http.take("routePrefix"); prefix.kind != Node::Kind::Absent)
            m_prefix = m_import.text(prefix);
        http.pass({"customHeaders", "dynamicThrottlesEnabled", "hsts", "maxConcurrentRequests",
                   "maxOutstandingRequests"});
        http.end();
        extensions.pass({"blobs", "cosmosDB", "durableTask", "eventHubs", "kafka", "queues",
                         "rabbitMQ", "sendGrid", "serviceBus", "signalR"});
        extensions.end();
        host.pass({"aggregator", "applicationInsights", "concurrency", "customHandler",
                   "extensionBundle", "functions", "healthMonitor", "http", "logging",
                   "managedDependency", "queues", "retry", "singleton", "telemetryMode",
                   "watchDirectories", "watchFiles", "id"});
        host.end();
    }

    /// local.settings.json: what the functions have in their environment.
    void readSettings()
    {
        const fs::path file = m_import.folder() / "local.settings.json";
        const Result<std::string> text = readFile(file, 1u << 20);
        if (!text)
            return;
        m_import.addPart(file);
        const Document document = readDocument(*text, file);
        for (const Problem &problem : document.problems)
            m_import.report(problem);
        m_environment = document.root["Values"];
    }

    void readFunction(const fs::path &file)
    {
        const std::string name = file.parent_path().filename().string();
        const Result<std::string> text = readFile(file, 1u << 20);
        m_import.addPart(file);
        const Document document = readDocument(text.value_or(""), file);
        for (const Problem &problem : document.problems)
            m_import.report(problem);
        std::optional<FunctionSpec> spec = m_import.createSpec(document.root.scalar(name));
        if (!spec || !document.problems.empty())
            return;
        const std::string where = "function \"" + spec->name + "\"";
        Section function(m_import, document.root, where);
        spec->dialect = "azure";
        spec->timeout = 300s;
        setTimeout(*spec);
        m_import.setEnvironment(*spec, m_environment);
        const Node script = function.take("scriptFile");
        const Node entry = function.take("entryPoint");
        const Node disabled = function.take("disabled");
        for (const Node &binding : function.take("bindings").asList())
            readBinding(binding, *spec, name);
        function.pass({"$schema", "generatedBy", "configurationSource", "retry", "language",
                       "functionDirectory", "name", "excluded"});
        function.end();
        if (Import::isTrue(disabled))
            return m_import.leaveOut(*spec, disabled, "it is disabled");
        setHandler(*spec, name, m_import.text(script), m_import.text(entry));
        m_import.add(std::move(*spec), "", script.isThere() ? script : document.root);
    }

    /// "00:05:00"; "-1" has no limit.
    void setTimeout(FunctionSpec &spec)
    {
        if (!m_timeout.isThere())
            return;
        const Result<Schedule> length = scheduleWithSeconds(m_timeout.text);
        if (m_timeout.text == "-1")
            spec.timeout = 24h;
        else if (length && length->every > 0ms)
            spec.timeout = length->every;
        else
            m_import.note(m_timeout, "\"" + m_timeout.text + "\" is no timeout");
    }

    /// The script lies in the function's own folder, or where "scriptFile" points; modules are
    /// found from the folder of the whole.
    void setHandler(FunctionSpec &spec, const std::string &name, const std::string &script,
                    const std::string &entry)
    {
        std::error_code error;
        fs::path file = script;
        for (const char *usual : {"__init__.py", "main.py", "index.js", "index.mjs", "index.cjs"})
            if (file.empty() && fs::exists(m_import.folder() / name / usual, error))
                file = usual;
        const fs::path whole = (fs::path(name) / file).lexically_normal();
        const bool isPython = whole.extension() == ".py";
        spec.runtime = isPython ? "python3" : whole.extension() == ".dll" ? "dotnet" : "nodejs";
        spec.handler = fs::path(whole).replace_extension().string() + "." +
                       (!entry.empty() ? entry
                        : isPython     ? std::string("main")
                                       : std::string("default"));
    }

    void readBinding(const Node &node, FunctionSpec &spec, const std::string &name)
    {
        Section binding(m_import, node, "a binding of function \"" + spec.name + "\"");
        const Node type = binding.take("type");
        const Node direction = binding.take("direction");
        (void)binding.take("name");
        (void)binding.take("dataType");
        if (type.text == "httpTrigger") {
            const Node route = binding.take("route");
            addRoute(spec, route.isThere() ? route : type.scalar(name), binding.take("methods"));
            binding.pass({"authLevel", "webHookType"});
        } else if (type.text == "timerTrigger") {
            const Node schedule = binding.take("schedule");
            m_import.addTimer(spec, schedule, scheduleWithSeconds(m_import.text(schedule)));
            binding.pass({"runOnStartup", "useMonitor"});
        } else if (type.text == "queueTrigger") {
            const Node queue = binding.take("queueName");
            m_import.addQueue(spec, queue, m_import.text(queue), {});
            binding.pass({"connection"});
        } else if (type.text == "blobTrigger") {
            addBlobs(spec, binding.take("path"));
            binding.pass({"connection", "source"});
        } else if (type.text == "http") {
            // What a function that answers requests gives back.
        } else if (type.text.ends_with("Trigger")) {
            return m_import.noteTrigger(spec, type, type.text);
        } else {
            return m_import.note(type, "the binding \"" + type.text + "\" (" + direction.text +
                                           ") of function \"" + spec.name +
                                           "\" is not connected here");
        }
        binding.end();
    }

    /// "uploads/in-{name}.jpg": a container, and what is before and after the name.
    void addBlobs(FunctionSpec &spec, const Node &path)
    {
        const std::string words = m_import.text(path);
        const std::size_t slash = words.find('/');
        ObjectTrigger object{.bucket = words.substr(0, slash), .events = {"created"}};
        const std::string name = slash == std::string::npos ? "" : words.substr(slash + 1);
        const std::size_t open = name.find('{'), close = name.rfind('}');
        object.prefix = name.substr(0, open);
        if (open != std::string::npos && close != std::string::npos)
            object.suffix = name.substr(close + 1);
        m_import.addObject(spec, path, std::move(object), {});
    }

    /// "users/{id:int}/{*rest}" as "/api/users/{id}/{rest+}"
    void addRoute(FunctionSpec &spec, const Node &route, const Node &methods)
    {
        std::string path = m_prefix.empty() ? "" : "/" + m_prefix;
        std::string_view rest = route.text;
        while (!rest.empty()) {
            std::string segment(rest.substr(0, rest.find('/')));
            rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
            if (segment.empty())
                continue;
            if (segment.front() == '{' && segment.back() == '}') {
                const bool isOptional = segment.find('?') != std::string::npos;
                const bool isRest = segment[1] == '*';
                const std::string inner = segment.substr(isRest ? 2 : 1, segment.size() - 2);
                segment = "{" + inner.substr(0, inner.find_first_of(":?}")) + (isRest ? "+}" : "}");
                if (isOptional || isRest) // the path without it is a route too
                    m_import.addHttp(spec, route.scalar(path), methods.asList());
            }
            path += "/" + segment;
        }
        m_import.addHttp(spec, route.scalar(path), methods.asList());
    }

    const Node &m_root;
    Import &m_import;
    Node m_timeout, m_environment;
    std::string m_prefix = "api";
};

} // namespace

std::span<const std::string_view> AzureFile::fileNames() const
{
    static constexpr std::array<std::string_view, 1> names{"host.json"};
    return names;
}

bool AzureFile::recognizes(const Node &root) const
{
    return root["version"].isThere();
}

void AzureFile::read(const Node &root, Import &import) const
{
    AzureReader(root, import).read();
}

} // namespace runtime::importers
