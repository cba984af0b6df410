#include "runtime-bridge/function/importers/serverlessfunctions.h"

#include "runtime-bridge/function/importers/section.h"
#include "runtime-bridge/function/importers/serverlessevents.h"

#include <algorithm>

namespace runtime::importers {

namespace {

using namespace std::chrono_literals;

/// As the tool has them where neither the function nor the provider says.
void setToolDefaults(FunctionSpec &spec, const std::string &provider)
{
    const bool isTencent = provider == "tencent";
    spec.memoryBytes = (isTencent ? 128ull : provider == "aws" ? 1024ull : 256ull) << 20;
    spec.timeout = isTencent ? 3s : provider == "aws" ? 6s : 60s;
}

/// Google's handlers are the name of what index.js or main.py exports.
std::string handlerOf(const std::string &given, const ServerlessDefaults &defaults,
                      const FunctionSpec &spec)
{
    if (defaults.dialect != "gcp" || given.empty() || given.find('.') != std::string::npos)
        return given;
    return (spec.runtime == "python3" ? "main." : "index.") + given;
}

void setInstances(Section &section, FunctionSpec &spec, Import &import)
{
    if (const Node node = section.take("reservedConcurrency"); node.isThere()) {
        const std::int64_t most = import.number(node).value_or(1);
        spec.instances.max = int(std::clamp<std::int64_t>(most, 1, 1000));
        if (most == 0)
            import.note(node, "a function that may not run at all runs here");
    }
    if (const Node node = section.take("provisionedConcurrency"); node.isThere())
        spec.instances.min =
            int(std::min<std::int64_t>(import.number(node).value_or(0), spec.instances.max));
}

void passOver(Section &section, Import &import, const FunctionSpec &spec)
{
    (void)section.take("description");
    section.pass({"architecture",
                  "condition",
                  "copyToServiceDir",
                  "dependsOn",
                  "destinations",
                  "disableLogs",
                  "fileSystemConfig",
                  "kmsKeyArn",
                  "labels",
                  "layers",
                  "logRetentionInDays",
                  "logs",
                  "maximumEventAge",
                  "maximumRetryAttempts",
                  "name",
                  "onError",
                  "role",
                  "runtimeManagement",
                  "snapStart",
                  "tags",
                  "tracing",
                  "versionFunction",
                  "vpc",
                  "vpcConfig",
                  "iamRoleStatements",
                  "build"});
    if (const Node package = section.take("package"); package.isThere())
        import.note(package, "\"package\" of function \"" + spec.name +
                                 "\" is not applied: a function has its whole folder");
    section.end();
}

} // namespace

void readServerlessFunctions(const Node &functions, const ServerlessDefaults &defaults,
                             Import &import, ServerlessVariables &variables,
                             CloudFormation &resources)
{
    Node merged = variables.resolve(functions);
    if (merged.isList()) { // of files, mostly
        Node all = functions["merged"];
        all.kind = Node::Kind::Map;
        for (const Node &part : merged.items)
            all.members.insert(all.members.end(), part.members.begin(), part.members.end());
        merged = std::move(all);
    }
    if (merged.isThere() && !merged.isMap())
        import.note(merged, "\"functions\" is a mapping of names to functions");
    for (const Member &member : merged.members) {
        std::optional<FunctionSpec> spec = import.createSpec(member.name);
        if (!spec)
            continue;
        Section section(import, member.value, "function \"" + spec->name + "\"");
        setToolDefaults(*spec, defaults.provider);
        spec->dialect = defaults.dialect;
        const Node runtime = section.take("runtime");
        import.setRuntime(*spec, runtime.isThere() ? runtime : defaults.runtime);
        if (!runtime.isThere() && !defaults.runtime.isThere() && defaults.provider == "aws")
            spec->runtime = "nodejs";
        for (const Node &memory : {defaults.memory, section.take("memorySize")})
            import.setMemory(*spec, memory);
        import.setTemporary(*spec, section.take("ephemeralStorageSize"));
        for (const Node &timeout : {defaults.timeout, section.take("timeout")})
            import.setTimeout(*spec, timeout, 1s);
        for (const Node &environment : {defaults.environment, section.take("environment")})
            import.setEnvironment(*spec, resources.evaluate(environment));
        const Node handler = section.take("handler");
        spec->handler = handlerOf(import.text(handler), defaults, *spec);
        setInstances(section, *spec, import);
        readServerlessEvents(section.take("events"), *spec, import);
        if (const Node url = section.take("url"); url.isMap() || Import::isTrue(url))
            import.addHttp(*spec, url.scalar("/" + spec->name), {});
        const Node image = section.take("image");
        passOver(section, import, *spec);
        if (image.isThere())
            import.leaveOut(*spec, image, "it is a container image");
        else if (spec->handler.empty())
            import.leaveOut(*spec, member.name, "it has no \"handler\"");
        else
            import.add(std::move(*spec), "", handler);
    }
}

} // namespace runtime::importers
