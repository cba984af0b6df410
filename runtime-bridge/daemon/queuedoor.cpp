#include "runtime-bridge/daemon/queuedoor.h"

#include "runtime-bridge/daemon/httpevent.h"
#include "runtime-bridge/daemon/queuestore.h"
#include "runtime-bridge/daemon/taskrunner.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

namespace {

HttpResponse answer(int status, const json &value)
{
    return jsonResponse(status, value.dump(-1, ' ', false, json::error_handler_t::replace));
}

HttpResponse refuse(int status, const std::string &type, const std::string &message)
{
    return answer(status, {{"error", {{"type", type}, {"message", message}}}});
}

HttpResponse send(const HttpRequest &request, const std::string &name, QueueStore &store)
{
    if (request.method != "POST")
        return refuse(405, "MethodNotAllowed", "messages are sent with POST");
    if (!isTriggerName(name))
        return refuse(400, "QueueNameInvalid", "a queue has letters, digits, '-', '_', '.'");
    const Result<std::string> id = store.send(name, request.body, {}, callerOf(request));
    if (!id)
        return refuse(503, std::string(wireName(id.error().code)), id.error().detail);
    return answer(202, {{"id", *id}});
}

/// As people read it: values as values, not as JSON text.
json taskObject(const TaskState &task)
{
    json object = toJson(task);
    for (const char *name : {"event", "result"})
        object[name] = json::parse(object[name].get<std::string>(), nullptr, false);
    for (const char *name : {"event", "result"})
        if (object[name].is_discarded())
            object[name] = nullptr;
    json lines = json::array();
    for (const LogLine &line : task.log)
        lines.push_back(line.text);
    object["log"] = std::move(lines);
    return object;
}

HttpResponse tell(const HttpRequest &request, const std::string &id, const TaskRunner &tasks)
{
    if (request.method != "GET" && request.method != "HEAD")
        return refuse(405, "MethodNotAllowed", "tasks are asked for with GET");
    const Result<TaskState> task = tasks.task(id);
    if (!task)
        return refuse(404, "TaskUnknown", "no such task is kept");
    return answer(200, taskObject(*task));
}

} // namespace

std::optional<HttpResponse> answerOfQueues(const HttpRequest &request, QueueStore &store,
                                           const TaskRunner &tasks)
{
    const std::string_view path = request.path();
    const bool isQueues = path == "/_queues" || path.starts_with("/_queues/");
    if (!isQueues && !path.starts_with("/_tasks/"))
        return std::nullopt;
    if (!request.header("origin").empty())
        return refuse(403, "OriginRefused", "web pages may not reach queues and tasks");
    if (path == "/_queues") {
        json list = json::array();
        for (const QueueState &state : store.queues())
            list.push_back(toJson(state));
        return answer(200, list);
    }
    if (isQueues)
        return send(request, std::string(path.substr(9)), store);
    return tell(request, std::string(path.substr(8)), tasks);
}

} // namespace runtime
