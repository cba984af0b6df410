#include "runtime-bridge/function/importers/tencentcomponent.h"

#include "runtime-bridge/function/importers/section.h"
#include "runtime-bridge/function/importers/serverlessevents.h"

namespace runtime::importers {

using namespace std::chrono_literals;

namespace {

/// "./src", or {src: ./src, exclude: […]}, which may lie in an object store instead.
Node sourceOf(const Node &src, Import &import)
{
    if (!src.isMap())
        return src;
    Section section(import, src, "\"src\"");
    const Node folder = section.take("src");
    section.pass({"exclude", "include", "hook", "dist", "bucket", "object"});
    section.end();
    return folder;
}

} // namespace

void readTencentComponent(const Node &root, Import &import, ServerlessVariables &variables)
{
    Section file(import, root, "the file");
    const Node component = variables.resolve(file.take("component"));
    const Node name = variables.resolve(file.take("name"));
    const Node inputs = variables.resolve(file.take("inputs"));
    for (const char *key : {"app", "stage", "org"})
        (void)file.take(key);
    file.end();
    import.setName(root["app"].isScalar() ? variables.resolve(root["app"]) : name);
    if (component.text != "scf" && component.text != "tencent-scf")
        return import.refuse(component, "the component \"" + component.text +
                                            "\" is not run here; \"scf\" is");
    Section section(import, inputs, "\"inputs\"");
    const Node given = section.take("name");
    std::optional<FunctionSpec> spec = import.createSpec(name.isThere() ? name : given);
    if (!spec)
        return;
    spec->dialect = "tencent";
    spec->memoryBytes = 128ull << 20;
    import.setRuntime(*spec, section.take("runtime"));
    import.setMemory(*spec, section.take("memorySize"));
    import.setTimeout(*spec, section.take("timeout"), 1s);
    const Node environment = section.take("environment");
    import.setEnvironment(*spec, environment["variables"].isThere() ? environment["variables"]
                                                                    : environment);
    const Node handler = section.take("handler");
    spec->handler = handler.isThere() ? import.text(handler) : "index.main_handler";
    readServerlessEvents(section.take("events"), *spec, import);
    const Node source = sourceOf(section.take("src"), import);
    (void)section.take("description");
    section.pass({"asyncRunEnable",
                  "cfs",
                  "cls",
                  "eip",
                  "ignoreTriggers",
                  "installDependency",
                  "layers",
                  "namespace",
                  "provisionedNum",
                  "publicAccess",
                  "publish",
                  "region",
                  "reserveMem",
                  "role",
                  "runAsync",
                  "tags",
                  "traceEnable",
                  "traffic",
                  "triggers",
                  "type",
                  "vpc",
                  "vpcConfig",
                  "msgTTL",
                  "retryNum"});
    section.end();
    import.add(std::move(*spec), import.text(source), handler.isThere() ? handler : inputs);
}

} // namespace runtime::importers
