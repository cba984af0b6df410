#include "runtime-bridge/daemon/routes.h"

#include "runtime-bridge/daemon/httptext.h"

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

} // namespace

Routes::Routes(const std::vector<FunctionState> &functions)
{
    for (const FunctionState &state : functions) {
        m_functions.push_back({state.spec.name, state.spec.dialect});
        if (!state.armed)
            continue;
        for (const Trigger &trigger : state.spec.triggers)
            if (const auto *http = std::get_if<HttpTrigger>(&trigger)) {
                Route route{{}, *http, state.spec.name, state.spec.dialect};
                for (const std::string_view segment : segmentsOf(http->path))
                    route.segments.emplace_back(segment);
                m_routes.push_back(std::move(route));
            }
    }
    std::ranges::stable_sort(m_routes, [](const Route &a, const Route &b) {
        return std::ranges::lexicographical_compare(a.segments, b.segments, {}, rank, rank);
    });
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
    if (!route)
        return match.isPathKnown ? match : findFunction(segments);
    match.function = route->function;
    match.dialect = route->dialect;
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
    if (segments.size() < 2 || segments[0] != "function")
        return match;
    const auto function =
        std::ranges::find(m_functions, percentDecoded(segments[1]), &Function::name);
    if (function == m_functions.end())
        return match;
    match.isPathKnown = true;
    match.function = function->name;
    match.dialect = function->dialect;
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
