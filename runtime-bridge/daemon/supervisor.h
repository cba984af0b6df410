#pragma once

#include <functional>

namespace runtime {

/// Keeps a runtime alive where no service manager does: runs \a serve in a process of its own, and
/// again whenever that was ended by a signal or a failure, after 1 s at first and a minute at most.
///
/// Returns the exit status once \a serve returned 0, once its first run could not start (1), or
/// after SIGTERM or SIGINT, which are passed on. \a started is called here after the first run
/// began.
[[nodiscard]] int keepAlive(const std::function<int()> &serve,
                            const std::function<void()> &started);

} // namespace runtime
