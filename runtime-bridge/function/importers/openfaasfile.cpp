#include "runtime-bridge/function/importers/openfaasfile.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/importers/section.h"

#include <array>
#include <cstdlib>

namespace runtime::importers {

namespace {

using namespace std::chrono_literals;

/// "${NAME:-otherwise}" of the environment, as faas-cli replaces it.
Node substituted(const Node &node, Import &import)
{
    Node out = node;
    for (Node &item : out.items)
        item = substituted(item, import);
    for (Member &member : out.members)
        member.value = substituted(member.value, import);
    for (std::size_t at = out.text.find("${"); out.isScalar() && at != std::string::npos;
         at = out.text.find("${", at)) {
        const std::size_t end = out.text.find('}', at);
        if (end == std::string::npos)
            break;
        const std::string inner = out.text.substr(at + 2, end - at - 2);
        const std::size_t mark = inner.find(":-");
        const char *given = std::getenv(inner.substr(0, mark).c_str());
        std::string value = given ? given : "";
        if (value.empty() && mark != std::string::npos)
            value = inner.substr(mark + 2);
        else if (!given)
            import.note(node, "the variable \"" + inner + "\" is not set");
        out.text.replace(at, end - at + 1, value);
        at += value.size();
    }
    return out;
}

class OpenFaasReader
{
public:
    OpenFaasReader(const Node &root, Import &import) : m_root(root), m_import(import) {}

    void read()
    {
        Section file(m_import, m_root, "the file");
        (void)file.take("version");
        Section provider(m_import, file.take("provider"), "\"provider\"");
        (void)provider.take("name");
        (void)provider.take("gateway");
        provider.pass({"network"});
        provider.end();
        file.pass({"configuration"});
        for (const Member &member : file.take("functions").members)
            readFunction(member);
        file.end();
    }

private:
    void readFunction(const Member &member)
    {
        std::optional<FunctionSpec> spec = m_import.createSpec(member.name);
        if (!spec)
            return;
        Section section(m_import, substituted(member.value, m_import),
                        "function \"" + spec->name + "\"");
        const Node language = section.take("lang");
        const Node handler = section.take("handler");
        spec->dialect = "openfaas";
        const bool isKnown = setLanguage(*spec, m_import.text(language));
        readEnvironment(section, *spec);
        readLimits(section.take("limits"), *spec);
        readAnnotations(section.take("annotations"), *spec);
        m_import.addHttp(*spec, handler.scalar("/function/" + spec->name), {});
        m_import.addHttp(*spec, handler.scalar("/function/" + spec->name + "/{path+}"), {});
        if (const Node secrets = section.take("secrets"); secrets.isThere())
            m_import.note(secrets, "secrets are not given to functions here yet");
        (void)section.take("image");
        section.pass({"build_args", "build_options", "build_secrets", "constraints", "copy",
                      "fprocess", "labels", "namespace", "platforms", "publish",
                      "readonly_root_filesystem", "requests", "skip_build"});
        section.end();
        if (!isKnown)
            return m_import.leaveOut(*spec, language,
                                     "its template \"" + language.text + "\" does not run here");
        if (handler.text.starts_with("http"))
            return m_import.leaveOut(*spec, handler, "its handler is not in a folder here");
        m_import.add(std::move(*spec), m_import.text(handler),
                     handler.isThere() ? handler : member.name);
    }

    /// The template says language and form: "python3-http", "node18", "node". Their entry file has
    /// one name.
    static bool setLanguage(FunctionSpec &spec, const std::string &language)
    {
        if (language.starts_with("python3") || language.starts_with("python")) {
            spec.runtime = language.starts_with("python2") ? "python2" : "python3";
            spec.handler = "handler.handle";
        } else if (language.starts_with("node")) {
            spec.runtime = "nodejs";
            spec.handler = "handler.default";
        } else if (language.starts_with("golang") || language == "go") {
            spec.runtime = "go";
        } else if (language.starts_with("php")) {
            spec.runtime = "php";
        } else if (language.starts_with("ruby")) {
            spec.runtime = "ruby";
        } else if (language.starts_with("java")) {
            spec.runtime = "java";
        } else {
            return false;
        }
        return true;
    }

    /// Files first, the function's own word last. A limit that the template's server takes from a
    /// variable is the function's timeout.
    void readEnvironment(Section &section, FunctionSpec &spec)
    {
        for (const Node &name : section.take("environment_file").asList()) {
            const std::filesystem::path file = m_import.folder() / m_import.text(name);
            const Result<std::string> text = readFile(file, 1u << 20);
            if (!text) {
                m_import.note(name, "the file \"" + name.text + "\" cannot be read");
                continue;
            }
            m_import.addPart(file);
            const Document document = readDocument(*text, file);
            for (const Problem &problem : document.problems)
                m_import.note(name, name.text + ": " + problem.message);
            m_import.setEnvironment(spec, document.root["environment"]);
        }
        m_import.setEnvironment(spec, section.take("environment"));
        for (const char *name : {"write_timeout", "exec_timeout"})
            if (const Node limit = section.node()["environment"][name]; limit.isThere())
                m_import.setTimeout(spec, limit, 1s);
    }

    void readLimits(const Node &node, FunctionSpec &spec)
    {
        Section limits(m_import, node, "\"limits\"");
        m_import.setMemory(spec, limits.take("memory"));
        limits.pass({"cpu"});
        limits.end();
    }

    /// The connectors of OpenFaaS are told by annotations what they send to a function.
    void readAnnotations(const Node &node, FunctionSpec &spec)
    {
        const Node schedule = node["schedule"];
        const Node topic = node["topic"];
        if (schedule.isThere())
            m_import.addTimer(spec, schedule, scheduleFromUnix(m_import.text(schedule)));
        else if (topic.isThere())
            m_import.noteTrigger(spec, topic, "topic " + topic.text);
        for (const Member &member : node.members)
            if (member.name.text != "schedule" && member.name.text != "topic")
                m_import.note(member.name,
                              "the annotation \"" + member.name.text + "\" has no effect here");
    }

    const Node &m_root;
    Import &m_import;
};

} // namespace

std::span<const std::string_view> OpenFaasFile::fileNames() const
{
    static constexpr std::array<std::string_view, 2> names{"stack.yml", "stack.yaml"};
    return names;
}

bool OpenFaasFile::recognizes(const Node &root) const
{
    const std::string provider = root["provider"]["name"].text;
    return provider == "openfaas" || provider == "faas" ||
           (provider.empty() && root["functions"].isMap());
}

void OpenFaasFile::read(const Node &root, Import &import) const
{
    OpenFaasReader(root, import).read();
}

} // namespace runtime::importers
