#include "runtime-bridge/function/importers/serverlessfile.h"

#include "runtime-bridge/function/importers/section.h"
#include "runtime-bridge/function/importers/serverlessfunctions.h"
#include "runtime-bridge/function/importers/serverlessvariables.h"
#include "runtime-bridge/function/importers/tencentcomponent.h"

#include <array>

namespace runtime::importers {

namespace {

struct Provider {
    std::string_view name;
    std::string_view dialect;
};

constexpr std::array<Provider, 8> providers{{
    {"aws", "aws"},
    {"tencent", "tencent"},
    {"google", "gcp"},
    {"azure", "azure"},
    {"openwhisk", "openwhisk"},
    {"kubeless", "kubeless"},
    {"aliyun", "alibaba"},
    {"knative", "knative"},
}};

void readService(Section &root, Import &import, ServerlessVariables &variables)
{
    const Node service = root.take("service");
    if (!service.isMap())
        return import.setName(variables.resolve(service));
    Section parts(import, service, "\"service\"");
    import.setName(variables.resolve(parts.take("name")));
    parts.pass({"awsKmsKeyArn"});
    parts.end();
}

/// What every function has that does not say otherwise.
ServerlessDefaults readProvider(Section &root, Import &import, ServerlessVariables &variables)
{
    ServerlessDefaults defaults;
    const Node node = variables.resolve(root.take("provider"));
    if (node.isScalar()) { // provider: aws
        defaults.provider = node.text;
        return defaults;
    }
    Section provider(import, node, "\"provider\"");
    if (const std::string name = import.text(provider.take("name")); !name.empty())
        defaults.provider = name;
    defaults.runtime = provider.take("runtime");
    defaults.memory = provider.take("memorySize");
    defaults.timeout = provider.take("timeout");
    defaults.environment = provider.take("environment");
    // These say where and how it is deployed, which a run here does not do.
    for (const char *key : {"stage", "region", "profile", "stackName", "credentials", "project"})
        (void)provider.take(key);
    provider.pass({"account",
                   "alb",
                   "alexaSkill",
                   "apiGateway",
                   "apiName",
                   "apiKeys",
                   "architecture",
                   "cfnRole",
                   "cloudFront",
                   "deploymentBucket",
                   "deploymentMethod",
                   "deploymentPrefix",
                   "disableRollback",
                   "ecr",
                   "endpointType",
                   "eventBridge",
                   "httpApi",
                   "iam",
                   "iamManagedPolicies",
                   "iamRoleStatements",
                   "kmsKeyArn",
                   "lambdaHashingVersion",
                   "layers",
                   "logRetentionInDays",
                   "logs",
                   "logging",
                   "notificationArns",
                   "resourcePolicy",
                   "role",
                   "rolePermissionsBoundary",
                   "rollbackConfiguration",
                   "runtimeManagement",
                   "s3",
                   "snapStart",
                   "stackParameters",
                   "stackPolicy",
                   "stackTags",
                   "tags",
                   "tracing",
                   "usagePlan",
                   "versionFunctions",
                   "vpc",
                   "vpcConfig",
                   "websocketsApiName",
                   "websocketsApiRouteSelectionExpression",
                   "websocketsDescription",
                   "websocket",
                   "labels",
                   "cls",
                   "build",
                   "resolver"});
    provider.end();
    return defaults;
}

void readRest(Section &root, Import &import)
{
    for (const char *key : {"custom", "params", "useDotenv", "frameworkVersion",
                            "configValidationMode", "variablesResolutionMode",
                            "unresolvedVariablesNotificationMode", "deprecationNotificationMode",
                            "disabledDeprecations", "projectDir", "app", "org", "tenant"})
        (void)root.take(key);
    const Node package = root.take("package");
    if (package.isThere())
        import.note(package, "\"package\" is not applied: a function has its whole folder");
    if (const Node plugins = root.take("plugins"); plugins.isThere())
        import.note(plugins, "plugins are not run here");
    if (const Node resources = root.take("resources"); resources.isThere())
        import.note(resources, "resources are not made here");
    root.pass({"console", "dashboard", "layers", "outputs", "licenseKey", "build",
               "enableLegacyDeploymentBucket"});
    root.end();
}

} // namespace

std::span<const std::string_view> ServerlessFile::fileNames() const
{
    static constexpr std::array<std::string_view, 3> names{"serverless.yml", "serverless.yaml",
                                                           "serverless.json"};
    return names;
}

bool ServerlessFile::recognizes(const Node &root) const
{
    return root["service"].isThere() || root["provider"].isThere() || root["component"].isThere();
}

void ServerlessFile::read(const Node &root, Import &import) const
{
    ServerlessVariables variables(import, root);
    if (root["component"].isThere())
        return readTencentComponent(root, import, variables);
    Section section(import, root, "the file");
    readService(section, import, variables);
    ServerlessDefaults defaults = readProvider(section, import, variables);
    for (const Provider &provider : providers)
        if (provider.name == defaults.provider)
            defaults.dialect = provider.dialect;
    if (defaults.dialect.empty()) {
        import.refuse(root["provider"],
                      "functions of the provider \"" + defaults.provider + "\" cannot be run here");
        return;
    }
    CloudFormation resources(import, root["resources"]);
    readServerlessFunctions(section.take("functions"), defaults, import, variables, resources);
    readRest(section, import);
}

} // namespace runtime::importers
