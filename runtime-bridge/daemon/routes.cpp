#include "runtime-bridge/daemon/routes.h"

#include "runtime-bridge/daemon/httptext.h"
#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/function/runtimekind.h"

#include <algorithm>

namespace runtime {

namespace {

/// "/a/b" and "/a/b/" are the same path; "/" has no segments.
std::vector<std::string_view> segmentsOf(std::string_view path)
{
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        path.remove_prefix(path.front() == '/' ? 1 : 0);
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        if (!segment.empty() || !path.empty())
            segments.push_back(segment);
    }
    return segments;
}

bool isParameter(std::string_view segment)
{
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool isGreedy(std::string_view segment)
{
    return isParameter(segment) && segment.size() > 3 && segment[segment.size() - 2] == '+';
}

/// Lower is more specific.
int rank(const std::string &segment)
{
    return isGreedy(segment) ? 2 : isParameter(segment) ? 1 : 0;
}

bool fits(const std::vector<std::string> &pattern, const std::vector<std::string_view> &path)
{
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (i >= path.size())
            return false;
        if (isGreedy(pattern[i]))
            return true;
        if (!isParameter(pattern[i]) && pattern[i] != percentDecoded(path[i]))
            return false;
    }
    return pattern.size() == path.size();
}

std::vector<std::pair<std::string, std::string>>
parametersOf(const std::vector<std::string> &pattern, const std::vector<std::string_view> &path)
{
    std::vector<std::pair<std::string, std::string>> found;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const std::string &segment = pattern[i];
        if (isGreedy(segment)) {
            std::string rest;
            for (std::size_t k = i; k < path.size(); ++k)
                rest += (k > i ? "/" : "") + percentDecoded(path[k]);
            found.emplace_back(segment.substr(1, segment.size() - 3), rest);
            break;
        }
        if (isParameter(segment))
            found.emplace_back(segment.substr(1, segment.size() - 2), percentDecoded(path[i]));
    }
    return found;
}

bool takes(const HttpTrigger &trigger, std::string_view method)
{
    const auto has = [&](std::string_view name) {
        return std::ranges::find(trigger.methods, name) != trigger.methods.end();
    };
    return trigger.methods.empty() || has(method) || (method == "HEAD" && has("GET"));
}

/// What the senders to a webhook sign with.
std::optional<std::string> secretOf(const HttpTrigger &http, const FunctionSpec &spec)
{
    if (http.secret.empty())
        return std::nullopt;
    const auto value = spec.environment.find(http.secret);
    return value == spec.environment.end() ? std::string() : value->second;
}

} // namespace

Routes::Routes(const std::vector<FunctionState> &functions)
{
    for (const FunctionState &state : functions) {
        m_functions.push_back({state.spec.name, state.spec.dialect, state.spec.form,
                               isService(state.spec), takesStreams(state.spec)});
        if (!state.armed)
            continue;
        for (const Trigger &trigger : state.spec.triggers)
            if (const auto *http = std::get_if<HttpTrigger>(&trigger)) {
                Route route{{},
                            *http,
                            state.spec.name,
                            state.spec.dialect,
                            state.spec.form,
                            secretOf(*http, state.spec),
                            isService(state.spec),
                            false,
                            takesStreams(state.spec)};
                for (const std::string_view segment : segmentsOf(http->path))
                    route.segments.emplace_back(segment);
                m_routes.push_back(std::move(route));
            }
    }
    addLeftOver(functions);
    std::ranges::stable_sort(m_routes, [](const Route &a, const Route &b) {
        return std::ranges::lexicographical_compare(a.segments, b.segments, {}, rank, rank);
    });
}

void Routes::addLeftOver(const std::vector<FunctionState> &functions)
{
    const auto hasNone = [](const FunctionState &state) {
        return state.armed && isService(state.spec) &&
               std::ranges::none_of(state.spec.triggers, [](const Trigger &trigger) {
                   return std::holds_alternative<HttpTrigger>(trigger);
               });
    };
    if (std::ranges::count_if(functions, hasNone) != 1)
        return;
    const FunctionSpec &spec = std::ranges::find_if(functions, hasNone)->spec;
    m_routes.push_back({{}, {"/", {}}, spec.name, spec.dialect, spec.form, {}, true, true});
    m_routes.push_back(
        {{"{path+}"}, {"/{path+}", {}}, spec.name, spec.dialect, spec.form, {}, true, true});
}

RouteMatch Routes::findHost(std::string_view host) const
{
    RouteMatch match;
    host = host.substr(0, host.find(':'));
    constexpr std::string_view domain = ".localhost";
    if (!host.ends_with(domain))
        return match;
    const std::string_view name = host.substr(0, host.size() - domain.size());
    const auto it = std::ranges::find(m_functions, name, &Function::name);
    if (it == m_functions.end() || !it->isService)
        return match;
    match.isPathKnown = match.isService = true;
    match.function = it->name;
    match.dialect = it->dialect;
    match.key = "$default";
    return match;
}

const Routes::Route *Routes::bestFit(const std::vector<std::string_view> &segments,
                                     std::string_view method, RouteMatch &match) const
{
    bool every = false;
    for (const Route &route : m_routes) {
        if (!fits(route.segments, segments))
            continue;
        match.isPathKnown = true;
        every = every || route.trigger.methods.empty();
        match.methods.insert(match.methods.end(), route.trigger.methods.begin(),
                             route.trigger.methods.end());
        if (takes(route.trigger, method))
            return &route;
    }
    if (every)
        match.methods.clear();
    return nullptr;
}

RouteMatch Routes::find(std::string_view method, std::string_view path) const
{
    const std::vector<std::string_view> segments = segmentsOf(path);
    RouteMatch match;
    const Route *route = bestFit(segments, method, match);
    const bool leftOver = route && route->isLeftOver;
    if (!route || leftOver)
        if (RouteMatch function = findFunction(segments); function.isPathKnown)
            return !route && match.isPathKnown ? match : function;
    if (!route)
        return match;
    match.function = route->function;
    match.dialect = route->dialect;
    match.form = route->form;
    match.secret = route->secret;
    match.isService = route->isService;
    match.isLeftOver = leftOver;
    match.takesStreams = route->takesStreams;
    match.pattern = route->trigger.path;
    match.key = (route->trigger.methods.empty() ? std::string("ANY") : std::string(method)) + ' ' +
                route->trigger.path;
    match.methods = route->trigger.methods;
    match.parameters = parametersOf(route->segments, segments);
    return match;
}

RouteMatch Routes::findFunction(const std::vector<std::string_view> &segments) const
{
    RouteMatch match;
    match.isAsync = !segments.empty() && segments[0] == "async-function";
    if (segments.size() < 2 || (segments[0] != "function" && !match.isAsync))
        return match;
    const auto function =
        std::ranges::find(m_functions, percentDecoded(segments[1]), &Function::name);
    if (function == m_functions.end())
        return match;
    match.isPathKnown = true;
    match.function = function->name;
    match.dialect = function->dialect;
    match.form = function->form;
    match.isService = function->isService;
    match.takesStreams = function->takesStreams;
    match.prefix = '/' + std::string(segments[0]) + '/' + std::string(segments[1]);
    match.key = "$default";
    return match;
}

std::string Routes::describe() const
{
    std::string text;
    for (const Route &route : m_routes) {
        std::string methods;
        for (const std::string &method : route.trigger.methods)
            methods += (methods.empty() ? "" : ",") + method;
        text += (methods.empty() ? std::string("ANY") : methods) + ' ' + route.trigger.path + "  " +
                route.function + '\n';
    }
    for (const Function &function : m_functions)
        text += "ANY /function/" + function.name + "  " + function.name + '\n';
    return text;
}

} // namespace runtime
