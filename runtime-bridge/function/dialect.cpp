#include "runtime-bridge/function/dialect.h"

#include <algorithm>
#include <array>

namespace runtime {

namespace {

constexpr auto event = FunctionForm::Event;
constexpr auto http = FunctionForm::Http;

constexpr std::array<Dialect, 12> allDialects{{
    {"aws", "AWS Lambda", "handler lambda_handler", "handler", event, false,
     HttpShape::ApiGatewayV2},
    {"serverless-framework", "Serverless Framework", "handler hello main", "handler hello main",
     event, false, HttpShape::ApiGatewayV1},
    {"gcp", "Google Cloud Functions", "main hello_world hello_http hello handler",
     "helloWorld helloHttp hello main handler", http, true, HttpShape::Canonical},
    {"azure", "Azure Functions", "main", "default index run main", http, true,
     HttpShape::Canonical},
    {"alibaba", "Alibaba Function Compute", "handler", "handler", event, true, HttpShape::Alibaba},
    {"tencent", "Tencent SCF", "main_handler", "main_handler", event, false, HttpShape::Tencent},
    {"cloudbase", "Tencent CloudBase", "main main_handler", "main", event, false,
     HttpShape::Tencent},
    {"openfaas", "OpenFaaS", "handle", "default handle handler", event, true, HttpShape::Canonical},
    {"openwhisk", "Apache OpenWhisk", "main", "main", event, false, HttpShape::OpenWhisk},
    {"kubeless", "Kubeless", "handler hello handle main", "handler hello main", event, true,
     HttpShape::Canonical},
    {"knative", "Knative Functions", "handle main", "handle default", http, true,
     HttpShape::Canonical},
    {"custom", "AWS Lambda Runtime API", "", "", event, false, HttpShape::ApiGatewayV2},
}};

constexpr auto allNames = [] {
    std::array<std::string_view, allDialects.size()> list;
    std::ranges::transform(allDialects, list.begin(), &Dialect::name);
    return list;
}();

} // namespace

bool Dialect::takesRequests(FunctionForm wanted) const
{
    return shape == HttpShape::Canonical ||
           (shape == HttpShape::Alibaba && wanted == FunctionForm::Http);
}

bool takesStreams(const FunctionSpec &spec)
{
    if (spec.form != FunctionForm::Http)
        return false;
    return spec.runtime == "python3" ? spec.dialect == "gcp" || spec.dialect == "knative"
                                     : spec.runtime == "nodejs" && spec.dialect == "azure";
}

std::span<const Dialect> dialects()
{
    return allDialects;
}

const Dialect *findDialect(std::string_view name)
{
    const auto it = std::ranges::find(allDialects, name, &Dialect::name);
    return it == allDialects.end() ? nullptr : &*it;
}

std::span<const std::string_view> dialectNames()
{
    return allNames;
}

} // namespace runtime
