#pragma once

#include "runtime-bridge/function/functionspec.h"
#include "runtime-bridge/protocol/messages.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime {

/// A request's path found among the routes.
struct RouteMatch {
    std::string function; ///< Empty: no route, or none for the method.
    std::string dialect;
    FunctionForm form = FunctionForm::Event;
    std::string pattern; ///< "/users/{id}"; empty for /function/<name>.
    std::string key;     ///< "GET /users/{id}", as API Gateway names a route.
    std::vector<std::pair<std::string, std::string>> parameters; ///< Decoded.
    std::vector<std::string> methods; ///< What the path answers to; empty: every method or no path.
    bool isPathKnown = false;
    bool isAsync = false; ///< /async-function/<name>: accepted as a task.
    /// A webhook's: what its sender signs with; empty text: the function has none.
    std::optional<std::string> secret;
    bool isService = false;    ///< The function is a web server of its own.
    bool isLeftOver = false;   ///< It is there because no route asks for the path.
    bool takesStreams = false; ///< See runtime::takesStreams().
    std::string prefix;        ///< "/function/<name>", which a service does not see; may be empty.
};

/// The gateway's routes: the http triggers of the armed functions, and /function/<name> and
/// /async-function/<name> for every function. The only service without a route of its own has all
/// that are left. A literal segment wins over "{name}", and that over "{name+}", which takes the
/// rest.
class Routes
{
public:
    explicit Routes(const std::vector<FunctionState> &functions = {});

    [[nodiscard]] RouteMatch find(std::string_view method, std::string_view path) const;
    /// By the host "<name>.localhost": the service of that name, whatever the path.
    [[nodiscard]] RouteMatch findHost(std::string_view host) const;
    /// One route a line: "GET,POST /light  night-light".
    [[nodiscard]] std::string describe() const;

private:
    struct Route {
        std::vector<std::string> segments;
        HttpTrigger trigger;
        std::string function;
        std::string dialect;
        FunctionForm form;
        std::optional<std::string> secret;
        bool isService = false;
        bool isLeftOver = false; ///< Not asked for by a trigger.
        bool takesStreams = false;
    };
    struct Function {
        std::string name;
        std::string dialect;
        FunctionForm form;
        bool isService = false;
        bool takesStreams = false;
    };
    void addLeftOver(const std::vector<FunctionState> &functions);
    [[nodiscard]] RouteMatch findFunction(const std::vector<std::string_view> &segments) const;
    [[nodiscard]] const Route *bestFit(const std::vector<std::string_view> &segments,
                                       std::string_view method, RouteMatch &match) const;

    std::vector<Route> m_routes; ///< The most specific first.
    std::vector<Function> m_functions;
};

} // namespace runtime
