#include "runtime-bridge/function/importers/samfile.h"

#include "runtime-bridge/function/importers/cloudformation.h"
#include "runtime-bridge/function/importers/samevents.h"
#include "runtime-bridge/function/importers/section.h"

#include <algorithm>
#include <array>

namespace runtime::importers {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view samFunction = "AWS::Serverless::Function";
constexpr std::string_view lambdaFunction = "AWS::Lambda::Function";

bool isFunction(const Node &resource)
{
    const std::string type = resource["Type"].text;
    return type == samFunction || type == lambdaFunction;
}

class SamReader
{
public:
    SamReader(const Node &root, Import &import)
        : m_root(root), m_import(import), m_cloud(import, root)
    {
    }

    void read()
    {
        Section file(m_import, m_root, "the file");
        for (const char *key : {"AWSTemplateFormatVersion", "Description", "Transform",
                                "Parameters", "Mappings", "Conditions", "Metadata"})
            (void)file.take(key);
        file.pass({"Outputs", "Rules", "Hooks"});
        readGlobals(file.take("Globals"));
        for (const Member &member : file.take("Resources").members)
            if (isFunction(member.value))
                readFunction(member);
            else
                m_import.note(member.name, "the resource \"" + member.name.text + "\" (" +
                                               member.value["Type"].text + ") is not made here");
        file.end();
    }

private:
    void readGlobals(const Node &node)
    {
        Section globals(m_import, node, "\"Globals\"");
        m_globals = globals.take("Function");
        globals.pass(
            {"Api", "HttpApi", "SimpleTable", "StateMachine", "LayerVersion", "CapacityProvider"});
        globals.end();
    }

    /// The function's own word counts before that of the globals.
    Node property(Section &own, Section &globals, std::string_view name)
    {
        const Node common = globals.take(name);
        const Node node = own.take(name);
        return m_cloud.evaluate(node.isThere() ? node : common);
    }

    void readFunction(const Member &member)
    {
        std::optional<FunctionSpec> spec = m_import.createSpec(member.name);
        if (!spec)
            return;
        const std::string where = "function \"" + spec->name + "\"";
        Section resource(m_import, member.value, where);
        Section own(m_import, resource.take("Properties"), where);
        Section globals(m_import, m_globals, "\"Globals\" of functions");
        (void)resource.take("Type");
        noteBuild(resource.take("Metadata"));
        resource.pass({"Condition", "DeletionPolicy", "DependsOn", "UpdatePolicy",
                       "UpdateReplacePolicy", "Connectors", "CreationPolicy"});
        resource.end();

        spec->dialect = "aws";
        spec->memoryBytes = 128ull << 20;
        m_import.setRuntime(*spec, property(own, globals, "Runtime"));
        m_import.setMemory(*spec, property(own, globals, "MemorySize"));
        Section storage(m_import, property(own, globals, "EphemeralStorage"),
                        "\"EphemeralStorage\"");
        m_import.setTemporary(*spec, storage.take("Size"));
        storage.end();
        m_import.setTimeout(*spec, property(own, globals, "Timeout"), 1s);
        for (Section *section : {&globals, &own}) {
            Section environment(m_import, section->take("Environment"), "\"Environment\"");
            m_import.setEnvironment(*spec, m_cloud.evaluate(environment.take("Variables")));
            environment.end();
        }
        const Node handler = property(own, globals, "Handler");
        spec->handler = m_import.text(handler);
        const Node most = property(own, globals, "ReservedConcurrentExecutions");
        if (most.isThere())
            spec->instances.max =
                int(std::clamp<std::int64_t>(m_import.number(most).value_or(10), 1, 1000));
        readSamEvents(own.take("Events"), *spec, m_import, m_cloud);
        if (own.take("FunctionUrlConfig").isThere())
            m_import.addHttp(*spec, own.node().scalar("/" + spec->name), {});
        const Node code = codeOf(own, globals);
        const Node inlined = own.take("InlineCode");
        const std::string package = property(own, globals, "PackageType").text;
        passOver(own, globals);
        if (package == "Image")
            return m_import.leaveOut(*spec, member.name, "it is a container image");
        if (inlined.isThere() || code.isMap())
            return m_import.leaveOut(*spec, inlined.isThere() ? inlined : code,
                                     "its code is in no folder here");
        m_import.add(std::move(*spec), m_import.text(code),
                     handler.isThere() ? handler : member.name);
    }

    Node codeOf(Section &own, Section &globals)
    {
        const Node uri = property(own, globals, "CodeUri");
        const Node code = own.take("Code"); // of a plain Lambda function
        return uri.isThere() ? uri : code;
    }

    void noteBuild(const Node &metadata)
    {
        const Node method = metadata["BuildMethod"];
        if (method.isThere())
            m_import.note(method, "the build \"" + method.text +
                                      "\" is not done here; the function runs from its source");
    }

    void passOver(Section &own, Section &globals)
    {
        for (Section *section : {&own, &globals}) {
            for (const char *key : {"Description", "FunctionName"})
                (void)section->take(key);
            section->pass({"Architectures",
                           "AssumeRolePolicyDocument",
                           "AutoPublishAlias",
                           "AutoPublishAliasAllProperties",
                           "AutoPublishCodeSha256",
                           "CodeSigningConfigArn",
                           "DeadLetterQueue",
                           "DeadLetterConfig",
                           "DeploymentPreference",
                           "EventInvokeConfig",
                           "FileSystemConfigs",
                           "ImageConfig",
                           "ImageUri",
                           "KmsKeyArn",
                           "Layers",
                           "LoggingConfig",
                           "PermissionsBoundary",
                           "Policies",
                           "PropagateTags",
                           "ProvisionedConcurrencyConfig",
                           "PublishToLatestPublished",
                           "RecursiveLoop",
                           "Role",
                           "RolePath",
                           "RuntimeManagementConfig",
                           "SnapStart",
                           "SourceKMSKeyArn",
                           "Tags",
                           "TracingConfig",
                           "Tracing",
                           "VersionDescription",
                           "VersionDeletionPolicy",
                           "VpcConfig"});
            section->end();
        }
    }

    const Node &m_root;
    Import &m_import;
    CloudFormation m_cloud;
    Node m_globals;
};

} // namespace

std::span<const std::string_view> SamFile::fileNames() const
{
    static constexpr std::array<std::string_view, 3> names{"template.yaml", "template.yml",
                                                           "template.json"};
    return names;
}

bool SamFile::recognizes(const Node &root) const
{
    if (root["Transform"].isThere() || root["AWSTemplateFormatVersion"].isThere())
        return true;
    const Node resources = root["Resources"];
    return std::ranges::any_of(resources.members,
                               [](const Member &member) { return isFunction(member.value); });
}

void SamFile::read(const Node &root, Import &import) const
{
    SamReader(root, import).read();
}

} // namespace runtime::importers
