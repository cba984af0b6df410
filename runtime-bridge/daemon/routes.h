#pragma once

#include "runtime-bridge/function/functionspec.h"
#include "runtime-bridge/protocol/messages.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime {

/// A request's path found among the routes.
struct RouteMatch {
    std::string function; ///< Empty: no route, or none for the method.
    std::string dialect;
    std::string pattern; ///< "/users/{id}"; empty for /function/<name>.
    std::string key;     ///< "GET /users/{id}", as API Gateway names a route.
    std::vector<std::pair<std::string, std::string>> parameters; ///< Decoded.
    std::vector<std::string> methods; ///< What the path answers to; empty: every method or no path.
    bool isPathKnown = false;
};

/// The gateway's routes: the http triggers of the armed functions, and /function/<name> for every
/// function. A literal segment wins over "{name}", and that over "{name+}", which takes the rest.
class Routes
{
public:
    explicit Routes(const std::vector<FunctionState> &functions = {});

    [[nodiscard]] RouteMatch find(std::string_view method, std::string_view path) const;
    /// One route a line: "GET,POST /light  night-light".
    [[nodiscard]] std::string describe() const;

private:
    struct Route {
        std::vector<std::string> segments;
        HttpTrigger trigger;
        std::string function;
        std::string dialect;
    };
    struct Function {
        std::string name;
        std::string dialect;
    };
    [[nodiscard]] RouteMatch findFunction(const std::vector<std::string_view> &segments) const;
    [[nodiscard]] const Route *bestFit(const std::vector<std::string_view> &segments,
                                       std::string_view method, RouteMatch &match) const;

    std::vector<Route> m_routes; ///< The most specific first.
    std::vector<Function> m_functions;
};

} // namespace runtime
