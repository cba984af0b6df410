#include "runtime-bridge/function/importers/knativefile.h"

#include "runtime-bridge/function/importers/section.h"

#include <array>
#include <cstdlib>

namespace runtime::importers {

namespace {

using namespace std::chrono_literals;

/// [{name, value}], where a value may be "{{ env:NAME }}" of this computer, or of a secret.
void readEnvs(const Node &envs, FunctionSpec &spec, Import &import)
{
    for (const Node &item : envs.asList()) {
        Section env(import, item, "a variable");
        const std::string name = import.text(env.take("name"));
        const Node value = env.take("value");
        env.end();
        std::string words = import.text(value);
        if (const std::size_t begin = words.find("{{"); begin != std::string::npos) {
            const std::size_t colon = words.find("env:", begin);
            const std::size_t end = words.find("}}", begin);
            if (colon == std::string::npos || end == std::string::npos || colon > end) {
                import.note(value, "the value of \"" + words + "\" is known in the cluster only");
                continue;
            }
            std::string variable = words.substr(colon + 4, end - colon - 4);
            variable.erase(variable.find_last_not_of(' ') + 1);
            const char *given = std::getenv(variable.c_str());
            if (!given) {
                import.note(value, "the variable \"" + variable + "\" is not set");
                continue;
            }
            words.replace(begin, end + 2 - begin, given);
        }
        if (name.empty())
            import.note(item, "all variables of a secret or a map are not known here");
        else
            spec.environment[name] = words;
    }
}

void readOptions(const Node &node, FunctionSpec &spec, Import &import)
{
    Section options(import, node, "\"options\"");
    Section scale(import, options.take("scale"), "\"scale\"");
    if (const auto least = import.number(scale.take("min")))
        spec.instances.min = int(std::min<std::int64_t>(*least, 1000));
    if (const auto most = import.number(scale.take("max")); most && *most > 0)
        spec.instances.max = int(std::min<std::int64_t>(*most, 1000));
    spec.instances.max = std::max(spec.instances.max, spec.instances.min);
    scale.pass({"metric", "target", "utilization"});
    scale.end();
    Section resources(import, options.take("resources"), "\"resources\"");
    Section limits(import, resources.take("limits"), "\"limits\"");
    import.setMemory(spec, limits.take("memory"));
    limits.pass({"cpu", "concurrency"});
    limits.end();
    resources.pass({"requests"});
    resources.end();
    options.end();
}

} // namespace

std::span<const std::string_view> KnativeFile::fileNames() const
{
    static constexpr std::array<std::string_view, 2> names{"func.yaml", "func.yml"};
    return names;
}

bool KnativeFile::recognizes(const Node &root) const
{
    return root["specVersion"].isThere() || root["runtime"].isThere();
}

void KnativeFile::read(const Node &root, Import &import) const
{
    Section file(import, root, "the file");
    const Node name = file.take("name");
    import.setName(name);
    std::optional<FunctionSpec> spec =
        import.createSpec(name.isThere() ? name : name.scalar(import.application().name));
    if (!spec)
        return;
    spec->dialect = "knative";
    spec->timeout = 300s;
    const Node runtime = file.take("runtime");
    const std::string language = import.text(runtime);
    if (language == "typescript")
        spec->runtime = "nodejs";
    else if (language == "quarkus" || language == "springboot")
        spec->runtime = "java";
    else
        import.setRuntime(*spec, runtime);
    (void)file.take("specVersion");
    (void)file.take("created");
    (void)file.take("invoke");
    // The same keys lie at the top in files of the first versions.
    Section build(import, file.take("build"), "\"build\"");
    Section run(import, file.take("run"), "\"run\"");
    Section deploy(import, file.take("deploy"), "\"deploy\"");
    for (Section *section : {&file, &run, &build})
        for (const char *key : {"envs", "buildEnvs"})
            if (const Node envs = section->take(key); std::string_view(key) == "envs")
                readEnvs(envs, *spec, import);
            else if (envs.isThere())
                import.note(envs, "nothing is built here: \"buildEnvs\" has no effect");
    for (Section *section : {&file, &deploy})
        readOptions(section->take("options"), *spec, import);
    build.pass({"builder", "builderImages", "buildpacks", "git", "baseImage", "cacheDir", "mounts",
                "remoteStorageClass", "pvcSize", "image"});
    deploy.pass({"annotations", "labels", "healthEndpoints", "namespace", "remote", "image",
                 "serviceAccountName", "subscriptions", "imagePullSecret", "deployer"});
    run.pass({"volumes", "startTimeout"});
    file.pass({"annotations", "builder", "builders", "buildpacks", "git", "healthEndpoints",
               "image", "imageDigest", "labels", "namespace", "registry", "volumes", "domain",
               "root", "template", "invocation"});
    for (Section *section : {&build, &run, &deploy, &file})
        section->end();
    import.addEveryPath(*spec, name);
    import.add(std::move(*spec), "", runtime.isThere() ? runtime : name);
}

} // namespace runtime::importers
