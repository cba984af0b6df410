#include "runtime-bridge/function/handlerrules.h"

#include "runtime-bridge/function/dialect.h"

#include <algorithm>

namespace runtime {

namespace {

constexpr auto eventForm = FunctionForm::Event;
constexpr auto httpForm = FunctionForm::Http;

enum class Languages { Python, Node, Both };
constexpr auto python = Languages::Python;
constexpr auto node = Languages::Node;
constexpr auto both = Languages::Both;

/// A handler's look. Of the lists, one entry must be met:
/// names: separated by spaces; "*" is any.
/// parameters: names separated by commas, alternatives by '|', "*" for any, a last "?" for one more
/// that may be missing; "()" none; "~Type" one of that type; empty: not looked at.
/// marks: parts of how it is registered, separated by '|'; words: parts of the source, by '|'.
struct Look {
    std::string_view dialect;
    Languages languages;
    FunctionForm form;
    int weight;
    std::string_view names, parameters, marks, words;
};

constexpr std::string_view azureTypes =
    "~TimerRequest|QueueMessage|InputStream|EventGridEvent|ServiceBusMessage|EventHubEvent|"
    "DocumentList|KafkaEvent";
constexpr std::string_view azureTriggers =
    "_trigger(|.schedule(|.function_name(|_trigger_arg|azure.timer|azure.storage|azure.service|"
    "azure.event|azure.cosmos|azure.generic|azure.warmup|azure.sql";
constexpr std::string_view lambdaWords =
    "Records|queryStringParameters|pathParameters|requestContext|aws_request_id|awsRequestId|"
    "get_remaining_time_in_millis|getRemainingTimeInMillis|boto3|aws-sdk|aws_lambda_powertools";
constexpr std::string_view kubelessWords =
    "['extensions']|[\"extensions\"]|event.extensions|['event-id']|[\"event-id\"]|['event-type']|"
    "[\"event-type\"]|['event-time']|[\"event-time\"]|['event-namespace']|[\"event-namespace\"]";
constexpr std::string_view dataWords = "event['data']|event[\"data\"]|event.data|event.get('data'";
constexpr std::string_view legacyWords =
    "context.event_id|context.event_type|context.timestamp|context.resource|context.eventId|"
    "context.eventType|b64decode(event['data']|b64decode(event[\"data\"]";
constexpr std::string_view watchdogWords =
    "event.body|event.headers|event.method|event.query|event.path|context.status(|context.succeed(|"
    "context.headers(|context.fail(";
constexpr std::string_view alibabaPython =
    "json.loads(event)|json.loads(evt)|event.decode(|evt.decode(|context.credentials|"
    "context.account_id|context.service.|context.request_id|import fc2|import oss2";
constexpr std::string_view alibabaNode =
    "event.toString(|JSON.parse(event)|event.toJSON(|context.credentials|context.requestId|"
    "context.accountId|context.service.|ali-oss|@alicloud/";

constexpr Look looks[]{
    // Those that say it themselves.
    {"gcp", python, httpForm, 100, "*", "", "functions_framework.http|functions_framework.typed",
     ""},
    {"gcp", python, eventForm, 100, "*", "", "functions_framework.cloud_event", ""},
    {"gcp", node, httpForm, 100, "*", "", "gcp.http|gcp.typed", ""},
    {"gcp", node, eventForm, 100, "*", "", "gcp.cloudEvent", ""},
    {"azure", python, httpForm, 100, "*", "", ".route(", "azure.functions"},
    {"azure", python, eventForm, 99, "*", "", azureTriggers, "azure.functions"},
    {"azure", python, httpForm, 95, "main *", "~HttpRequest", "", "azure.functions"},
    {"azure", python, eventForm, 95, "main *", azureTypes, "", "azure.functions"},
    {"azure", node, httpForm, 100, "*", "", "azure.http|azure.get|azure.post|azure.put|azure.patch",
     ""},
    {"azure", node, httpForm, 100, "*", "", "azure.deleteRequest", ""},
    {"azure", node, eventForm, 99, "*", "", azureTriggers, ""},
    {"knative", python, httpForm, 100, "main handle", "", "", "from parliament import"},
    {"openwhisk", both, eventForm, 95, "main", "", "", "__ow_"},
    {"cloudbase", node, eventForm, 95, "main", "", "", "wx-server-sdk|tcb-admin-node|@cloudbase/"},
    // Names and parameters that only one platform has.
    {"tencent", both, eventForm, 90, "main_handler", "", "", ""},
    {"alibaba", python, httpForm, 90, "handler", "environ,start_response", "", ""},
    {"alibaba", node, httpForm, 90, "handler *", "req|request,res|resp|response,context|ctx", "",
     ""},
    {"azure", node, httpForm, 90, "default index run *", "context|ctx,req|request|httprequest", "",
     ""},
    {"knative", python, httpForm, 90, "new", "()", "", "class Function"},
    {"knative", python, httpForm, 80, "handle main", "context", "", ""},
    {"knative", node, httpForm, 80, "handle default", "context,event|body|data|cloudevent|payload",
     "",
     "context.cloudevent|context.body|context.query|context.headers|context.method|cloudEventRes"},
    {"knative", node, httpForm, 75, "handle", "context,?", "", ""},
    {"openfaas", node, httpForm, 85, "default handle", "event,context,?", "", watchdogWords},
    {"openfaas", python, httpForm, 80, "handle", "event|request,context", "", watchdogWords},
    {"azure", node, eventForm, 78, "default index run", "context,*,?", "",
     "context.log|context.done|context.bindings|context.res"},
    {"kubeless", both, eventForm, 80, "handler hello *", "event,context|ctx", "", kubelessWords},
    {"openfaas", node, eventForm, 70, "default", "context|input|body,callback|cb|done", "", ""},
    {"openfaas", node, httpForm, 70, "default", "event,context,?", "", ""},
    {"gcp", python, eventForm, 70, "*", "cloud_event|cloudevent", "", ""},
    {"gcp", node, eventForm, 70, "*", "cloud_event|cloudevent", "", ""},
    {"cloudbase", node, eventForm, 70, "main", "event,context|ctx", "", ""},
    {"aws", both, eventForm, 65, "handler lambda_handler *", "event,context|ctx,?", "",
     lambdaWords},
    {"alibaba", python, eventForm, 66, "handler *", "event|evt,context|ctx", "", alibabaPython},
    {"alibaba", node, eventForm, 66, "handler *", "event|evt,context|ctx,?", "", alibabaNode},
    {"gcp", both, eventForm, 67, "*", "event|data|message|file|change,context,?", "", legacyWords},
    {"gcp", both, httpForm, 60, "main hello_world hello_http hello helloWorld helloHttp handler",
     "request", "", ""},
    {"gcp", node, httpForm, 60, "helloWorld helloHttp hello main handler default",
     "req|request,res|resp|response", "", ""},
    {"gcp", node, eventForm, 55, "*", "file|message|pubsubmessage|pubsubevent|data,context,?", "",
     ""},
    {"gcp", python, eventForm, 55, "*", "data|message|file,context", "", ""},
    {"aws", python, eventForm, 60, "handle", "event,context", "", "event[|event.get("},
    {"cloudbase", node, eventForm, 55, "main", "event", "", ""},
    {"azure", python, httpForm, 60, "main", "req", "",
     "req.params|req.get_json|req.get_body|func."},
    {"openfaas", python, httpForm, 51, "handle", "event,context", "", ""},
    {"openfaas", python, eventForm, 51, "handle", "*", "", ""},
    {"azure", python, httpForm, 50, "main", "req", "", ""},
    {"openwhisk", both, eventForm, 50, "main", "*", "", ""},
    {"openwhisk", node, eventForm, 50, "main", "()", "", ""},
    // What may be several: the same weight for each that it may be.
    {"kubeless", both, eventForm, 51, "handler hello *", "event,context|ctx", "", dataWords},
    {"aws", both, eventForm, 51, "handler lambda_handler", "", "", ""},
    {"gcp", both, httpForm, 45, "*", "request", "", ""},
    {"gcp", node, httpForm, 45, "*", "req|request,res|resp|response", "", ""},
    {"aws", both, eventForm, 10, "main", "event,context|ctx,?", "", ""},
    {"cloudbase", python, eventForm, 10, "main", "event,context|ctx", "", ""},
    {"openfaas", both, eventForm, 5, "handle", "", "", ""},
    {"openwhisk", both, eventForm, 5, "main", "", "", ""},
    {"aws", both, eventForm, 4, "*", "event|evt|_event,context|ctx,?", "", ""},
    {"aws", node, eventForm, 4, "*", "event", "", ""},
    // Less than a look: they count where the dialect is given.
    {"gcp", both, eventForm, 2, "*", "event|data|message|file|change,context,?", "", ""},
    {"alibaba", both, eventForm, 2, "handler *", "event|evt,context|ctx,?", "", ""},
    {"kubeless", both, eventForm, 2, "handler hello *", "event,context|ctx", "", ""},
    {"azure", python, eventForm, 2, "main", "*,?", "", ""},
    {"azure", node, eventForm, 2, "default index run *", "context|ctx,*,?", "", ""},
    {"openfaas", both, eventForm, 2, "handle default handler", "*", "", ""},
};

template<typename Handle> bool anyOf(std::string_view list, char separator, const Handle &handle)
{
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(separator));
        list.remove_prefix(std::min(list.size(), item.size() + 1));
        if (handle(item))
            return true;
    }
    return false;
}

bool hasParameters(const SourceFunction &function, std::string_view pattern)
{
    if (pattern.empty())
        return true;
    if (!function.parameters)
        return false;
    const std::vector<SourceParameter> &parameters = *function.parameters;
    if (pattern == "()")
        return parameters.empty();
    if (pattern.starts_with('~'))
        return std::ranges::any_of(parameters, [&](const SourceParameter &parameter) {
            return anyOf(pattern.substr(1), '|', [&](std::string_view type) {
                return parameter.type.find(type) != std::string::npos;
            });
        });
    std::size_t index = 0;
    bool mayHaveMore = false;
    const bool differs = anyOf(pattern, ',', [&](std::string_view names) {
        if (names == "?") {
            mayHaveMore = true;
            return false;
        }
        if (index >= parameters.size())
            return true;
        const std::string &name = parameters[index++].name;
        return names != "*" && !name.empty() &&
               !anyOf(names, '|', [&](std::string_view each) { return each == name; });
    });
    return !differs && parameters.size() <= index + (mayHaveMore ? 1 : 0);
}

bool contains(std::string_view text, std::string_view parts)
{
    return parts.empty() || anyOf(parts, '|', [&](std::string_view part) {
               return text.find(part) != std::string_view::npos;
           });
}

/// The place of \a name in a list of names; the list's length for "*"; nothing: not in it.
std::optional<int> placeOf(std::string_view name, std::string_view names)
{
    int place = 0;
    const bool found = anyOf(names, ' ', [&](std::string_view each) {
        if (each == "*" || each == name)
            return true;
        ++place;
        return false;
    });
    return found ? std::optional(place) : std::nullopt;
}

bool isFor(const Look &look, std::string_view runtime)
{
    return look.languages == both || (look.languages == python) == (runtime == "python3");
}

/// With a dialect given, the names that it has by custom; a source's only function will do too.
std::vector<HandlerFit> fitsByName(const std::vector<SourceFunction> &functions,
                                   std::string_view runtime, const Dialect &dialect,
                                   std::string_view name)
{
    const std::string_view names = !name.empty()          ? name
                                   : runtime == "python3" ? dialect.pythonNames
                                                          : dialect.nodeNames;
    std::vector<HandlerFit> fits;
    for (const SourceFunction &function : functions)
        if (const auto place = placeOf(function.name, names))
            fits.push_back({function.name, dialect.name, dialect.form, 1, *place, false});
    if (fits.empty() && name.empty() && functions.size() == 1)
        fits.push_back({functions[0].name, dialect.name, dialect.form, 1, 0, false});
    return fits;
}

} // namespace

std::vector<HandlerFit> fitsIn(std::string_view text, std::string_view runtime,
                               std::string_view dialect, std::string_view name)
{
    // The Serverless Framework's functions are Lambda's, and look alike.
    const std::string_view look = dialect == "serverless-framework" ? "aws" : dialect;
    const std::vector<SourceFunction> functions = functionsIn(text, runtime);
    std::vector<HandlerFit> fits;
    int rank = 0;
    for (const Look &rule : looks) {
        rank += 16;
        if (!isFor(rule, runtime) || (!look.empty() && rule.dialect != look) ||
            (!fits.empty() && rule.weight < fits.front().weight))
            continue;
        for (const SourceFunction &function : functions) {
            const auto place = placeOf(function.name, rule.names);
            if (!place || (!name.empty() && function.name != name) ||
                !hasParameters(function, rule.parameters) ||
                !(rule.marks.empty() || contains(function.marks, rule.marks)) ||
                !contains(text, rule.words))
                continue;
            if (!fits.empty() && rule.weight > fits.front().weight)
                fits.clear();
            const bool anyName =
                rule.names.ends_with('*') && *place == std::ranges::count(rule.names, ' ');
            fits.push_back({function.name, look.empty() ? rule.dialect : dialect, rule.form,
                            rule.weight, rank + *place, anyName});
        }
    }
    if (const Dialect *known = findDialect(dialect); fits.empty() && known)
        return fitsByName(functions, runtime, *known, name);
    return fits;
}

} // namespace runtime
