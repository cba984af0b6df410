#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// What one load did to a server.
struct LoadResult {
    std::uint64_t answered = 0; ///< With a status of 2xx.
    std::uint64_t failed = 0;   ///< With another status, or the connection broke.
    double seconds = 0;
    std::vector<float> milliseconds; ///< Of each request that was answered, in order of time.

    [[nodiscard]] double perSecond() const { return seconds > 0 ? double(answered) / seconds : 0; }
    /// \a share: 0.99 for p99. Sorts milliseconds.
    [[nodiscard]] double quantile(double share);
};

/// Asks 127.0.0.1:\a port for \a path over and over for \a time, over \a connections that stay
/// open, each with one request at a time: by POST with \a body as JSON, or by GET where it is
/// empty. One thread; blocks. Answers are HTTP/1.1 with a Content-Length or chunks.
[[nodiscard]] LoadResult load(int port, const std::string &path, const std::string &body,
                              int connections, std::chrono::milliseconds time);

} // namespace bench
