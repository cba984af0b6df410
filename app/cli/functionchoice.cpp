#include "app/cli/functionchoice.h"

#include "app/cli/interrupt.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/entry.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace app {

namespace fs = std::filesystem;
using runtime::Application;
using runtime::ApplicationFunction;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr std::size_t longestEvent = 32u << 20;

Result<ApplicationFunction> withWishes(ApplicationFunction function, const SourceWishes &wishes)
{
    if (wishes.dialect.empty() && wishes.handler.empty())
        return function;
    const Result<runtime::Entry> entry = runtime::findEntry(
        function.source,
        {function.spec.runtime, wishes.handler.empty() ? function.spec.handler : wishes.handler,
         wishes.dialect, std::nullopt});
    if (!entry)
        return tl::unexpected(entry.error());
    function.spec.handler = entry->handler;
    function.spec.dialect = entry->dialect;
    function.spec.form = entry->form.value_or(function.spec.form);
    return function;
}

Result<ApplicationFunction> ofSource(const std::string &what, const SourceWishes &wishes)
{
    runtime::FunctionSpec wanted;
    wanted.handler = wishes.handler;
    wanted.dialect = wishes.dialect;
    Result<Application> application = runtime::applicationOfSource(what, wanted);
    if (!application)
        return tl::unexpected(application.error());
    return application->functions.front();
}

bool isSourceOf(const ApplicationFunction &function, const fs::path &file)
{
    std::error_code error;
    return fs::equivalent(function.source, file, error);
}

std::string namesOf(const Application &application)
{
    std::string names;
    for (const ApplicationFunction &function : application.functions)
        names += (names.empty() ? "" : ", ") + function.spec.name;
    return names;
}

} // namespace

Result<ApplicationFunction> chooseFunction(const std::string &what, const SourceWishes &wishes)
{
    std::error_code error;
    const bool isPath = fs::exists(what, error);
    const Result<Application> application = runtime::loadApplication(fs::current_path(error));
    if (!application) {
        // A wrong application file does not stand in the way of a file that needs none.
        if (isPath)
            return ofSource(what, wishes);
        if (application.error().code == ErrorCode::ApplicationMissing)
            return failure(ErrorCode::FunctionUnknown, what,
                           "there is no such file, and no application in this folder");
        return tl::unexpected(application.error());
    }
    if (const ApplicationFunction *function = application->function(what))
        return withWishes(*function, wishes);
    if (!isPath)
        return failure(ErrorCode::FunctionUnknown, what,
                       "the application has " + namesOf(*application));
    const auto declared = std::ranges::find_if(
        application->functions, [&](const auto &function) { return isSourceOf(function, what); });
    return declared != application->functions.end() ? withWishes(*declared, wishes)
                                                    : ofSource(what, wishes);
}

Result<std::vector<ApplicationFunction>> chooseFunctions(const std::vector<std::string> &names)
{
    std::error_code error;
    Result<Application> application = runtime::loadApplication(fs::current_path(error));
    if (!application)
        return tl::unexpected(application.error());
    if (names.empty())
        return std::move(application->functions);
    std::vector<ApplicationFunction> chosen;
    for (const std::string &name : names) {
        const ApplicationFunction *function = application->function(name);
        if (!function)
            return failure(ErrorCode::FunctionUnknown, name,
                           "the application has " + namesOf(*application));
        chosen.push_back(*function);
    }
    return chosen;
}

Result<runtime::PutRequest> localPut(const ApplicationFunction &function, bool armed)
{
    Result<runtime::Manifest> manifest = runtime::scanBundle(function.spec, function.source);
    if (!manifest)
        return tl::unexpected(manifest.error());
    runtime::PutRequest request;
    request.manifest = std::move(*manifest);
    request.root = runtime::bundleRoot(function.source).string();
    request.armed = armed;
    request.lease = true;
    return request;
}

namespace {

Result<std::string> readStandardInput()
{
    std::string bytes;
    std::array<char, 65536> buffer;
    while (true) {
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count == 0)
            return bytes;
        if (count < 0 && errno == EINTR && !Interrupt::wasRequested())
            continue;
        if (Interrupt::wasRequested())
            return failure(ErrorCode::Cancelled, "standard input");
        if (count < 0)
            return failure(ErrorCode::EventInvalid, "standard input", std::strerror(errno));
        bytes.append(buffer.data(), std::size_t(count));
        if (bytes.size() > longestEvent)
            return failure(ErrorCode::EventInvalid, "standard input", "it is longer than 32 MB");
    }
}

/// Where JSON ends to be JSON: "line 1, column 8: …".
std::string objectionTo(const std::string &text)
{
    try {
        [[maybe_unused]] const nlohmann::json value = nlohmann::json::parse(text);
        return {};
    } catch (const nlohmann::json::exception &error) {
        std::string what = error.what();
        if (const auto begin = what.find(" at "); begin != std::string::npos)
            what.erase(0, begin + 4);
        return "it is not JSON: " + what;
    }
}

} // namespace

Result<std::string> readEvent(const std::string &given)
{
    std::string name = "--event";
    Result<std::string> text = given;
    if (given == "-") {
        name = "standard input";
        text = readStandardInput();
    } else if (given.starts_with('@')) {
        name = given.substr(1);
        text = runtime::readFile(name, longestEvent);
        if (!text)
            return failure(ErrorCode::EventInvalid, name, text.error().detail);
    }
    if (!text)
        return text;
    if (text->find_first_not_of(" \t\r\n") == std::string::npos)
        return failure(ErrorCode::EventInvalid, name, "it is empty");
    if (std::string objection = objectionTo(*text); !objection.empty()) {
        std::error_code error;
        if (name == "--event" && fs::is_regular_file(given, error))
            objection = "to read a file, write @" + given;
        return failure(ErrorCode::EventInvalid, name, std::move(objection));
    }
    return text;
}

} // namespace app
