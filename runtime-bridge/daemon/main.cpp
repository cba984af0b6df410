#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/relay.h"
#include "runtime-bridge/daemon/serve.h"
#include "runtime-bridge/daemon/upkeep.h"
#include "runtime-bridge/daemon/version.h"

#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace {

using runtime::ServeOptions;

constexpr const char *usage =
    "edgewrightd: runs functions, on this computer and on devices\n"
    "\n"
    "  edgewrightd serve [--folder DIR] [--detach [--keep] | --log] [--idle-exit SECONDS]\n"
    "                    [--listen HOST:PORT --auth-file FILE]\n"
    "      --keep: start it again when it ended otherwise than in order\n"
    "      --log: to runtime.log of the folder\n"
    "  edgewrightd relay [--folder DIR]    standard input and output to the runtime's socket\n"
    "  edgewrightd stop [--folder DIR] [--within MS]\n"
    "      end it; what it runs may finish within that time (5000)\n"
    "  edgewrightd kept [--folder DIR] [--after CURSOR]\n"
    "      what removing it takes with it: functions, and readings after a cursor\n"
    "  edgewrightd check                   whether this program can serve on this machine\n"
    "  edgewrightd --version\n";

struct CommandLine {
    std::string command;
    bool detach = false;
    bool keep = false;
    bool log = false;
    std::uint64_t within = 5000; ///< Milliseconds.
    std::uint64_t after = 0;
    ServeOptions options;
};

int refuse(const std::string &what)
{
    std::fprintf(stderr, "edgewrightd: %s\n\n%s", what.c_str(), usage);
    return 2;
}

constexpr std::uint64_t longestIdle = 10ull * 365 * 24 * 3600; ///< Seconds.
constexpr std::uint64_t longestPatience = 3'600'000;           ///< Milliseconds.

std::optional<std::uint64_t> numberOf(const std::string &text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<std::string> parse(int count, char **arguments, CommandLine &line)
{
    line.options.folder = runtime::localRuntimeFolder();
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        if (!argument.starts_with("--")) {
            if (!line.command.empty())
                return "unexpected " + std::string(argument);
            line.command = argument;
            continue;
        }
        if (argument == "--detach" || argument == "--keep" || argument == "--log") {
            (argument == "--detach" ? line.detach
             : argument == "--keep" ? line.keep
                                    : line.log) = true;
            continue;
        }
        if (argument == "--version" || argument == "--help") {
            line.command = argument;
            continue;
        }
        if (i + 1 == count)
            return std::string(argument) + " needs a value";
        const std::string value = arguments[++i];
        if (argument == "--folder") {
            line.options.folder = std::filesystem::absolute(value);
        } else if (argument == "--idle-exit") {
            const auto seconds = numberOf(value);
            if (!seconds || *seconds > longestIdle)
                return "--idle-exit " + value + " is no number of seconds";
            line.options.idleExit = std::chrono::seconds(*seconds);
        } else if (argument == "--within" || argument == "--after") {
            const auto number = numberOf(value);
            if (!number || (argument == "--within" && *number > longestPatience))
                return std::string(argument) + ' ' + value + " is no number that is possible";
            (argument == "--within" ? line.within : line.after) = *number;
        } else if (argument == "--listen") {
            line.options.listen = value;
        } else if (argument == "--auth-file") {
            line.options.authFile = std::filesystem::absolute(value);
        } else {
            return "unknown option " + std::string(argument);
        }
    }
    return std::nullopt;
}

int run(int count, char **arguments)
{
    CommandLine line;
    if (const auto wrong = parse(count, arguments, line))
        return refuse(*wrong);
    if (line.command == "--version") {
        std::printf("edgewrightd %s\n", runtime::programVersion);
        return 0;
    }
    if (line.command == "--help") {
        std::fputs(usage, stdout);
        return 0;
    }
    if (line.command == "relay")
        return runtime::relay(line.options.folder);
    if (line.command == "stop")
        return runtime::stopRuntime(line.options.folder, std::chrono::milliseconds(line.within));
    if (line.command == "kept")
        return runtime::printKept(line.options.folder, line.after);
    if (line.command == "check")
        return runtime::checkProgram();
    if (line.command != "serve")
        return refuse(line.command.empty() ? "a command is missing"
                                           : "unknown command " + line.command);
    if (!line.options.listen.empty() && line.options.authFile.empty())
        return refuse("--listen needs --auth-file");
    if (line.keep && !line.detach)
        return refuse("--keep needs --detach");
    return line.detach ? runtime::serveDetached(line.options, line.keep)
                       : runtime::serve(line.options, line.log);
}

} // namespace

int main(int count, char **arguments)
{
    try {
        return run(count, arguments);
    } catch (const std::exception &error) {
        runtime::logLine(std::string("ended by an exception: ") + error.what());
        return 70;
    }
}
