#include "runtime-bridge/function/importers/openwhiskfile.h"

#include "runtime-bridge/function/importers/section.h"

#include <algorithm>
#include <array>
#include <map>

namespace runtime::importers {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

class OpenWhiskReader
{
public:
    OpenWhiskReader(const Node &root, Import &import) : m_root(root), m_import(import) {}

    void read()
    {
        Section file(m_import, m_root, "the file");
        Section project(m_import, file.take("project"), "\"project\"");
        m_import.setName(project.take("name"));
        for (Section *section : {&file, &project})
            for (const Member &package : section->take("packages").members)
                readPackage(package);
        if (const Node single = file.take("package"); single.isMap()) // of the first versions
            readPackage(
                {single["name"].isThere() ? single["name"] : single.scalar("default"), single});
        project.pass({"namespace", "credential", "apiHost", "auth", "config", "version"});
        project.end();
        file.end();
    }

private:
    void readPackage(const Member &member)
    {
        const std::string name = member.name.text;
        Section package(m_import, member.value, "package \"" + name + "\"");
        readTriggers(package.take("triggers"));
        readRules(package.take("rules"));
        for (const Member &action : package.take("actions").members)
            readAction(name, action);
        for (const Member &sequence : package.take("sequences").members)
            m_import.note(sequence.name, "the sequence \"" + sequence.name.text +
                                             "\" is not run here; its actions are");
        for (const char *key : {"name", "version", "license", "description", "namespace"})
            (void)package.take(key);
        package.pass({"annotations", "apis", "credential", "dependencies", "inputs", "parameters",
                      "public", "repositories", "apiHost", "auth"});
        package.end();
    }

    /// Of the feeds that fire triggers, alarms have a meaning here.
    void readTriggers(const Node &triggers)
    {
        for (const Member &member : triggers.members) {
            Section trigger(m_import, member.value, "trigger \"" + member.name.text + "\"");
            const Node feed = trigger.take("feed");
            const Node source = trigger.take("source");
            const Node inputs = trigger.take("inputs");
            trigger.pass({"annotations", "credential", "namespace", "description"});
            trigger.end();
            const std::string name = feed.isThere() ? feed.text : source.text;
            Alarm alarm{member.name, {}};
            if (name.ends_with("/alarms/alarm")) {
                alarm.at = valueOf(inputs["cron"]);
                alarm.schedule = scheduleFromUnix(alarm.at.text);
            } else if (name.ends_with("/alarms/interval")) {
                alarm.at = valueOf(inputs["minutes"]);
                alarm.schedule = scheduleFromUnix("@every " + alarm.at.text + "m");
            }
            m_alarms[member.name.text] = std::move(alarm);
        }
    }

    void readRules(const Node &rules)
    {
        for (const Member &member : rules.members) {
            Section rule(m_import, member.value, "rule \"" + member.name.text + "\"");
            const Node action = rule.take("action");
            const Node trigger = rule.take("trigger");
            rule.pass({"annotations", "description"});
            rule.end();
            // "package/action" and "action" are one.
            m_rules[action.text.substr(action.text.rfind('/') + 1)].push_back(trigger);
        }
    }

    /// Of a parameter: {type, description, value} or the value itself.
    static Node valueOf(const Node &parameter)
    {
        if (!parameter.isMap())
            return parameter;
        return parameter["value"].isThere() ? parameter["value"] : parameter["default"];
    }

    void readAction(const std::string &package, const Member &member)
    {
        std::optional<FunctionSpec> spec = m_import.createSpec(member.name);
        if (!spec)
            return;
        Section action(m_import, member.value, "action \"" + spec->name + "\"");
        spec->dialect = "openwhisk";
        spec->timeout = 60s;
        const Node runtime = action.take("runtime");
        if (runtime.text != "default")
            m_import.setRuntime(*spec, runtime);
        readLimits(action.take("limits"), *spec);
        const Node function = action.take("function");
        const Node location = action.take("location");
        const Node source = function.isThere() ? function : location;
        const Node main = action.take("main");
        for (const char *key : {"web", "web-export"})
            if (const Node web = action.take(key); Import::isTrue(web) || web.text == "raw")
                addRoutes(*spec, package, web);
        if (const Node inputs = action.take("inputs"); inputs.isThere())
            m_import.note(inputs, "the parameters bound to action \"" + spec->name +
                                      "\" are not given to it here; put them into the event");
        for (const Node &trigger : m_rules[member.name.text])
            addTrigger(*spec, trigger);
        const Node code = action.take("code");
        const Node image = action.take("docker");
        action.pass({"annotations", "credential", "exposedUrl", "namespace", "native", "outputs",
                     "version", "web-custom-options", "require-whisk-auth", "include", "exclude"});
        action.end();
        if (!source.isThere() || image.isThere() || source.text.ends_with(".zip"))
            return m_import.leaveOut(*spec, source.isThere() ? source : member.name,
                                     "its code is in no folder or file here");
        setHandler(*spec, m_import.text(source), m_import.text(main));
        m_import.add(std::move(*spec), m_import.text(source), source);
    }

    void setHandler(FunctionSpec &spec, const std::string &source, const std::string &main) const
    {
        std::error_code error;
        const fs::path path(source);
        const std::string name = main.empty() ? "main" : main;
        if (!fs::is_directory(m_import.folder() / path, error))
            spec.handler = path.stem().string() + "." + name;
        else if (fs::exists(m_import.folder() / path / "__main__.py", error))
            spec.handler = "__main__." + name;
        else
            spec.handler = "index." + name;
    }

    void readLimits(const Node &node, FunctionSpec &spec)
    {
        Section limits(m_import, node, "\"limits\"");
        m_import.setTimeout(spec, limits.take("timeout"), 1ms);
        m_import.setMemory(spec, limits.take("memorySize"));
        limits.pass({"logSize", "concurrentActivations", "userInvocationRate", "codeSize",
                     "parameterSize"});
        limits.end();
    }

    void addRoutes(FunctionSpec &spec, const std::string &package, const Node &at)
    {
        const std::string path = "/" + package + "/" + spec.name;
        m_import.addHttp(spec, at.scalar(path), {});
        m_import.addHttp(spec, at.scalar(path + "/{path+}"), {});
    }

    void addTrigger(FunctionSpec &spec, const Node &trigger)
    {
        const auto it = m_alarms.find(trigger.text);
        if (it != m_alarms.end() && it->second.schedule)
            m_import.addTimer(spec, it->second.at, *it->second.schedule);
        else
            m_import.noteTrigger(spec, trigger, trigger.text);
    }

    struct Alarm {
        Node at;
        std::optional<Result<Schedule>> schedule; ///< Nothing: another feed, or none.
    };

    const Node &m_root;
    Import &m_import;
    std::map<std::string, Alarm> m_alarms;
    std::map<std::string, std::vector<Node>> m_rules; ///< Triggers by the action's name.
};

} // namespace

std::span<const std::string_view> OpenWhiskFile::fileNames() const
{
    static constexpr std::array<std::string_view, 2> names{"manifest.yaml", "manifest.yml"};
    return names;
}

bool OpenWhiskFile::recognizes(const Node &root) const
{
    return root["packages"].isMap() || root["project"].isMap() || root["package"].isMap();
}

void OpenWhiskFile::read(const Node &root, Import &import) const
{
    OpenWhiskReader(root, import).read();
}

} // namespace runtime::importers
