#pragma once

#include "runtime-bridge/daemon/httpserver.h"

#include <optional>

namespace runtime {

class QueueStore;
class TaskRunner;

/// The paths of the gateway at which functions and other programs of this computer reach queues and
/// tasks; nothing for every other path.
///
///     POST /_queues/<name>   the body is the message: 202 {"id"}
///     GET  /_queues          what waits where
///     GET  /_tasks/<id>      how a task stands: its phase, attempts, log, result
///
/// Requests of web pages (they carry Origin) are refused: any page could send them.
[[nodiscard]] std::optional<HttpResponse>
answerOfQueues(const HttpRequest &request, QueueStore &store, const TaskRunner &tasks);

} // namespace runtime
