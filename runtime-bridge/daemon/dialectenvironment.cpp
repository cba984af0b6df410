#include "runtime-bridge/daemon/dialectenvironment.h"

#include <array>
#include <string_view>

namespace runtime {

namespace {

struct Variable {
    std::string_view dialects; ///< Separated by spaces.
    const char *name;
    const char *value; ///< {name}, {handler}, {function} (of the handler), {module}, {version},
                       ///< {memory} in MB, {seconds}, {root}, {application}, {form}, {language}.
};

constexpr std::array variables{
    Variable{"openwhisk", "__OW_ACTION_NAME", "/_/{name}"},
    Variable{"openwhisk", "__OW_ACTION_VERSION", "0.0.{version}"},
    Variable{"openwhisk", "__OW_NAMESPACE", "_"},
    Variable{"aws serverless-framework custom", "AWS_LAMBDA_FUNCTION_NAME", "{name}"},
    Variable{"aws serverless-framework custom", "AWS_LAMBDA_FUNCTION_VERSION", "{version}"},
    Variable{"aws serverless-framework custom", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "{memory}"},
    Variable{"aws serverless-framework custom", "LAMBDA_TASK_ROOT", "{root}"},
    Variable{"aws serverless-framework custom", "_HANDLER", "{handler}"},
    Variable{"serverless-framework", "IS_OFFLINE", "true"},
    Variable{"gcp", "FUNCTION_TARGET", "{function}"},
    Variable{"gcp", "FUNCTION_SIGNATURE_TYPE", "{form}"},
    Variable{"gcp knative", "K_SERVICE", "{name}"},
    Variable{"gcp knative", "K_REVISION", "{version}"},
    Variable{"azure", "WEBSITE_SITE_NAME", "{name}"},
    Variable{"azure", "AZURE_FUNCTIONS_ENVIRONMENT", "Development"},
    Variable{"azure", "FUNCTIONS_WORKER_RUNTIME", "{language}"},
    Variable{"azure", "AzureWebJobsScriptRoot", "{root}"},
    Variable{"alibaba", "FC_FUNCTION_NAME", "{name}"},
    Variable{"alibaba", "FC_FUNCTION_HANDLER", "{handler}"},
    Variable{"alibaba", "FC_FUNCTION_MEMORY_SIZE", "{memory}"},
    Variable{"alibaba", "FC_FUNC_CODE_PATH", "{root}"},
    Variable{"alibaba", "FC_REGION", "local"},
    Variable{"alibaba", "FC_SERVICE_NAME", "{application}"},
    Variable{"alibaba", "FC_QUALIFIER", "{version}"},
    Variable{"tencent cloudbase", "SCF_FUNCTIONNAME", "{name}"},
    Variable{"tencent cloudbase", "SCF_FUNCTIONVERSION", "{version}"},
    Variable{"tencent cloudbase", "SCF_NAMESPACE", "default"},
    Variable{"tencent cloudbase", "USER_CODE_ROOT", "{root}"},
    Variable{"tencent cloudbase", "TENCENTCLOUD_RUNENV", "SCF"},
    Variable{"kubeless", "MOD_NAME", "{module}"},
    Variable{"kubeless", "FUNC_HANDLER", "{function}"},
    Variable{"kubeless", "FUNC_TIMEOUT", "{seconds}"},
    Variable{"kubeless", "FUNC_RUNTIME", "{language}"},
    Variable{"kubeless", "FUNC_MEMORY_LIMIT", "{memory}Mi"},
};

bool hasWord(std::string_view list, std::string_view word)
{
    while (!list.empty()) {
        const std::string_view each = list.substr(0, list.find(' '));
        if (each == word)
            return true;
        list.remove_prefix(std::min(list.size(), each.size() + 1));
    }
    return false;
}

} // namespace

std::map<std::string, std::string> dialectEnvironment(const WorkerTask &task)
{
    const FunctionSpec &spec = task.spec;
    const std::size_t dot = std::min(spec.handler.rfind('.'), spec.handler.size());
    const bool isEvent = spec.form != FunctionForm::Http;
    const std::map<std::string_view, std::string> values{
        {"{name}", spec.name},
        {"{handler}", spec.handler},
        {"{function}", spec.handler.substr(std::min(dot + 1, spec.handler.size()))},
        {"{module}", spec.handler.substr(0, dot)},
        {"{version}", std::to_string(task.version)},
        {"{memory}", std::to_string(spec.memoryBytes >> 20)},
        {"{seconds}", std::to_string(spec.timeout.count() / 1'000)},
        {"{root}", task.root.string()},
        {"{application}", spec.application},
        {"{form}", isEvent ? "cloudevent" : "http"},
        {"{language}", spec.runtime == "python3"  ? "python"
                       : spec.runtime == "nodejs" ? "node"
                                                  : spec.runtime},
    };
    std::map<std::string, std::string> environment;
    for (const Variable &variable : variables) {
        if (!hasWord(variable.dialects, spec.dialect))
            continue;
        std::string value = variable.value;
        for (const auto &[mark, text] : values)
            if (const std::size_t at = value.find(mark); at != std::string::npos) {
                value.replace(at, mark.size(), text);
                break;
            }
        environment[variable.name] = std::move(value);
    }
    return environment;
}

} // namespace runtime
