#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/daemon/relay.h"
#include "runtime-bridge/daemon/serve.h"
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
    "  edgewrightd serve [--folder DIR] [--detach] [--idle-exit SECONDS]\n"
    "                    [--listen HOST:PORT --auth-file FILE]\n"
    "  edgewrightd relay [--folder DIR]    standard input and output to the runtime's socket\n"
    "  edgewrightd --version\n";

struct CommandLine {
    std::string command;
    bool detach = false;
    ServeOptions options;
};

int refuse(const std::string &what)
{
    std::fprintf(stderr, "edgewrightd: %s\n\n%s", what.c_str(), usage);
    return 2;
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
        if (argument == "--detach") {
            line.detach = true;
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
            long seconds = 0;
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), seconds);
            if (error != std::errc() || end != value.data() + value.size() || seconds < 0)
                return "--idle-exit " + value + " is no number of seconds";
            line.options.idleExit = std::chrono::seconds(seconds);
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
    if (line.command != "serve")
        return refuse(line.command.empty() ? "a command is missing"
                                           : "unknown command " + line.command);
    if (!line.options.listen.empty() && line.options.authFile.empty())
        return refuse("--listen needs --auth-file");
    return line.detach ? runtime::serveDetached(line.options) : runtime::serve(line.options);
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
