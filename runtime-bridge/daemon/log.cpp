#include "runtime-bridge/daemon/log.h"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <string>

namespace runtime {

void logLine(std::string_view text)
{
    const long long now = nowUs();
    const std::time_t seconds = now / 1'000'000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char stamp[40];
    std::string line(stamp, std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc));
    const std::string millis = std::to_string(now / 1'000 % 1'000);
    line += '.' + std::string(3 - millis.size(), '0') + millis + "Z ";
    line += text;
    line += '\n';
    // One write for each line, so that lines of several processes do not mix.
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

long long nowUs()
{
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace runtime
