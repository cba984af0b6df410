#include "runtime-bridge/function/importers/serverlessdevsfile.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/importers/section.h"

#include <array>
#include <cstdlib>

namespace runtime::importers {

namespace {

using namespace std::chrono_literals;

class ServerlessDevsReader
{
public:
    ServerlessDevsReader(const Node &root, Import &import) : m_root(root), m_import(import) {}

    void read()
    {
        Section file(m_import, m_root, "the file");
        m_import.setName(file.take("name"));
        for (const char *key : {"edition", "vars", "access"})
            (void)file.take(key);
        const Node resources = file.take("resources");
        const Node services = file.take("services"); // of the first edition
        for (const Member &member : (resources.isThere() ? resources : services).members)
            readResource(member);
        file.pass({"actions", "flow", "template", "extend"});
        file.end();
    }

private:
    /// "${vars.region}", "${env('NAME', 'otherwise')}", "${env(NAME)}"
    Node resolve(const Node &node, int depth = 0)
    {
        Node out = node;
        for (Node &item : out.items)
            item = resolve(item, depth);
        for (Member &member : out.members)
            member.value = resolve(member.value, depth);
        for (std::size_t at = out.text.find("${"); out.isScalar() && at != std::string::npos;
             at = out.text.find("${", at)) {
            const std::size_t end = out.text.find('}', at);
            if (end == std::string::npos)
                break;
            const std::string inner = out.text.substr(at + 2, end - at - 2);
            const Node value = valueOf(inner, node, depth);
            if (at == 0 && end + 1 == out.text.size())
                return value;
            out.text.replace(at, end - at + 1, value.text);
            at += value.text.size();
        }
        return out;
    }

    Node valueOf(std::string inner, const Node &at, int depth)
    {
        std::erase_if(inner, [](char c) { return c == ' ' || c == '\'' || c == '"'; });
        if (inner.starts_with("vars.") && depth < 10) {
            Node found = m_root["vars"];
            for (std::string rest = inner.substr(5); !rest.empty();) {
                const std::size_t dot = rest.find('.');
                Node next = found[rest.substr(0, dot)];
                found = std::move(next);
                rest = dot == std::string::npos ? "" : rest.substr(dot + 1);
            }
            if (found.isThere())
                return resolve(found, depth + 1);
        }
        if (inner.starts_with("env(") && inner.ends_with(')')) {
            const std::string words = inner.substr(4, inner.size() - 5);
            const std::size_t comma = words.find(',');
            if (const char *given = std::getenv(words.substr(0, comma).c_str()))
                return at.scalar(given);
            if (comma != std::string::npos)
                return at.scalar(words.substr(comma + 1));
        }
        m_import.note(at, "the value of \"${" + inner + "}\" is not known here");
        return at["absent"];
    }

    void readResource(const Member &member)
    {
        const std::string where = "\"" + member.name.text + "\"";
        Section resource(m_import, member.value, where);
        const Node component = resource.take("component");
        const Node props = resolve(resource.take("props"));
        resource.pass({"access", "actions", "extend"});
        resource.end();
        const std::string kind = component.text.substr(0, component.text.find('@'));
        if (kind == "fc3" || kind == "devsapp/fc3")
            readNew(member, props);
        else if (kind == "fc" || kind == "devsapp/fc")
            readOld(member, props);
        else
            m_import.note(component, "the component \"" + component.text + "\" is not run here");
    }

    /// fc: a service and a function within it.
    void readOld(const Member &member, const Node &props)
    {
        Section section(m_import, props, "\"" + member.name.text + "\"");
        (void)section.take("service");
        (void)section.take("region");
        const Node function = section.take("function");
        const Node triggers = section.take("triggers");
        section.pass({"customDomains"});
        section.end();
        readFunction(member, function, triggers, "environmentVariables", "codeUri");
    }

    /// fc3: a function.
    void readNew(const Member &member, const Node &props)
    {
        readFunction(member, props, props["triggers"], "environmentVariables", "code");
    }

    void readFunction(const Member &member, const Node &node, const Node &triggers,
                      std::string_view environment, std::string_view code)
    {
        std::optional<FunctionSpec> spec = m_import.createSpec(member.name);
        if (!spec)
            return;
        Section section(m_import, node, "function \"" + spec->name + "\"");
        (void)section.take("triggers");
        for (const char *key : {"region", "functionName", "name", "description"})
            (void)section.take(key);
        spec->dialect = "alibaba";
        spec->memoryBytes = 128ull << 20;
        m_import.setRuntime(*spec, section.take("runtime"));
        m_import.setMemory(*spec, section.take("memorySize"));
        m_import.setTimeout(*spec, section.take("timeout"), 1s);
        m_import.setEnvironment(*spec, section.take(environment));
        const Node handler = section.take("handler");
        spec->handler = handler.isThere() ? m_import.text(handler) : "index.handler";
        for (const Node &trigger : triggers.asList())
            readTrigger(trigger, *spec);
        const Node source = section.take(code);
        if (spec->runtime == "custom")
            spec->dialect = "custom";
        section.pass({"asyncConfiguration",
                      "asyncInvokeConfig",
                      "caPort",
                      "cpu",
                      "customDNS",
                      "customContainerConfig",
                      "customRuntimeConfig",
                      "diskSize",
                      "gpuConfig",
                      "initializationTimeout",
                      "initializer",
                      "instanceConcurrency",
                      "instanceLifecycleConfig",
                      "instanceType",
                      "internetAccess",
                      "layers",
                      "logConfig",
                      "nasConfig",
                      "ossMountConfig",
                      "provisionConfig",
                      "role",
                      "ossBucket",
                      "ossKey",
                      "tags",
                      "vpcConfig",
                      "concurrencyConfig",
                      "asyncTask",
                      "ossMountPoints",
                      "resourceGroupId",
                      "invocationRestriction"});
        section.end();
        if (source.isMap())
            return m_import.leaveOut(*spec, source, "its code is in no folder here");
        m_import.add(std::move(*spec), m_import.text(source),
                     handler.isThere() ? handler : member.name);
    }

    void readTrigger(const Node &node, FunctionSpec &spec)
    {
        const std::string where = "a trigger of function \"" + spec.name + "\"";
        Section trigger(m_import, node, where);
        const Node type = trigger.take(node["triggerType"].isThere() ? "triggerType" : "type");
        const Node given =
            trigger.take(node["triggerConfig"].isThere() ? "triggerConfig" : "config");
        for (const char *key : {"name", "triggerName", "description"})
            (void)trigger.take(key);
        const Node source = trigger.take("sourceArn");
        trigger.pass({"qualifier", "role", "invocationRole"});
        trigger.end();
        Section config(m_import, given, where);
        if (type.text == "http") {
            const Node methods = config.take("methods");
            m_import.addHttp(spec, type.scalar("/" + spec.name), methods.asList());
            m_import.addHttp(spec, type.scalar("/" + spec.name + "/{proxy+}"), methods.asList());
            config.pass({"authType", "disableURLInternet", "authConfig", "corsConfig"});
        } else if (type.text == "timer") {
            const Node cron = config.take("cronExpression");
            const Node enabled = config.take("enable");
            if (const Node payload = config.take("payload"); !payload.text.empty())
                m_import.note(payload, "the payload of a timer is not given to the function here");
            if (enabled.isThere() && !Import::isTrue(enabled))
                m_import.note(enabled, where + " is switched off");
            else
                m_import.addTimer(spec, cron, scheduleWithSeconds(m_import.text(cron)));
        } else if (type.text == "oss") {
            ObjectTrigger object{.bucket = m_import.text(config.take("bucketName"))};
            const Node events = config.take("events");
            const Node filter = config.take("filter");
            const Node key = filter["key"].isThere() ? filter["key"] : filter["Key"];
            object.prefix = (key["prefix"].isThere() ? key["prefix"] : key["Prefix"]).text;
            object.suffix = (key["suffix"].isThere() ? key["suffix"] : key["Suffix"]).text;
            if (object.bucket.empty()) // the first edition named it by its address
                object.bucket = source.text.substr(source.text.rfind(':') + 1);
            m_import.addObject(spec, type, std::move(object), events.asList());
        } else {
            return m_import.noteTrigger(spec, type, type.text);
        }
        config.end();
    }

    const Node &m_root;
    Import &m_import;
};

} // namespace

std::span<const std::string_view> ServerlessDevsFile::fileNames() const
{
    static constexpr std::array<std::string_view, 2> names{"s.yaml", "s.yml"};
    return names;
}

bool ServerlessDevsFile::recognizes(const Node &root) const
{
    return root["edition"].isThere() || root["services"].isMap() || root["resources"].isMap();
}

void ServerlessDevsFile::read(const Node &root, Import &import) const
{
    ServerlessDevsReader(root, import).read();
}

} // namespace runtime::importers
