#include "runtime-bridge/controllers/whiskvalues.h"

#include <nlohmann/json.hpp>

#include <QByteArray>
#include <QDateTime>

#include <algorithm>

namespace runtime {

using nlohmann::json;

namespace {

constexpr const char *bundleKey = "edgewright-bundle";
constexpr const char *packageKey = "edgewright-package";
constexpr const char *applicationKey = "edgewright-application";
constexpr const char *faultKey = "edgewright-fault";

/// The value of an annotation; null when it is not there.
json annotation(const json &entity, const char *key)
{
    const json list = entity.value("annotations", json::array());
    for (const json &item : list)
        if (item.is_object() && item.value("key", "") == key)
            return item.value("value", json());
    return {};
}

std::string textOf(const json &value)
{
    return value.is_string() ? value.get<std::string>()
           : value.is_null() ? std::string()
                             : value.dump();
}

std::int64_t numberOf(const json &object, const char *key)
{
    const json value = object.value(key, json());
    return value.is_number() ? value.get<std::int64_t>() : 0;
}

/// "2024-05-01T10:20:30.123456789Z stdout: text"
LogLine lineOf(const std::string &text)
{
    LogLine line;
    const std::size_t space = text.find(' ');
    const std::size_t colon = text.find(": ", space == std::string::npos ? 0 : space);
    if (space == std::string::npos || colon == std::string::npos) {
        line.text = text;
        return line;
    }
    const QDateTime time = QDateTime::fromString(
        QString::fromStdString(text.substr(0, std::min<std::size_t>(space, 23)) + 'Z'),
        Qt::ISODateWithMs);
    line.timeUs = time.isValid() ? time.toMSecsSinceEpoch() * 1'000 : 0;
    if (space >= 26 && line.timeUs != 0)
        line.timeUs += QByteArray::fromStdString(text.substr(23, 3)).toInt();
    line.isError = text.compare(space + 1, 6, "stderr") == 0;
    line.text = text.substr(colon + 2);
    return line;
}

Outcome outcomeOf(const json &activation, const std::string &status)
{
    if (status == "success")
        return Outcome::Result;
    if (status == "whisk internal error")
        return Outcome::Rejected;
    const json timeout = annotation(activation, "timeout");
    return timeout.is_boolean() && timeout.get<bool>() ? Outcome::Timeout : Outcome::FunctionError;
}

std::string statusText(const json &response)
{
    if (const json text = response.value("status", json()); text.is_string())
        return text.get<std::string>();
    return response.value("success", false) ? "success" : "application error";
}

} // namespace

std::string actionBody(const FunctionPackage &package, const std::string &application)
{
    constexpr std::int64_t leastMemoryMb = 128; // of a standard installation
    constexpr std::int64_t leastTimeoutMs = 100;
    const FunctionSpec &spec = package.spec;
    const bool isWeb = std::ranges::any_of(
        spec.triggers, [](const Trigger &trigger) { return kindOf(trigger) == "http"; });
    json annotations = json::array();
    const auto annotate = [&](const char *key, json value) {
        annotations.push_back({{"key", key}, {"value", std::move(value)}});
    };
    annotate(bundleKey, package.bundle);
    annotate(packageKey, package.digest);
    annotate(applicationKey, application);
    annotate("web-export", isWeb);
    const QByteArray code =
        QByteArray::fromRawData(package.zip.data(), qsizetype(package.zip.size())).toBase64();
    return json{
        {"exec", {{"kind", package.kind}, {"code", code.toStdString()}, {"binary", true}}},
        {"limits",
         {{"timeout", std::max<std::int64_t>(spec.timeout.count(), leastTimeoutMs)},
          {"memory", std::max<std::int64_t>(std::int64_t(spec.memoryBytes >> 20), leastMemoryMb)}}},
        {"annotations", std::move(annotations)}}
        .dump();
}

std::string packageDigestOf(const json &action)
{
    return textOf(annotation(action, packageKey));
}

DeployedFunction deployedFunctionOf(const json &action)
{
    DeployedFunction function;
    const auto nameSpace = action.value("namespace", std::string());
    const std::size_t slash = nameSpace.find('/');
    const std::string package =
        slash == std::string::npos ? std::string() : nameSpace.substr(slash + 1) + '/';
    function.name = package + action.value("name", std::string());
    function.application = textOf(annotation(action, applicationKey));
    function.bundle = textOf(annotation(action, bundleKey));
    function.version = action.value("version", std::string());
    function.kind = textOf(annotation(action, "exec"));
    function.updatedUs = numberOf(action, "updated") * 1'000;
    if (const json fault = annotation(action, faultKey); fault.is_object())
        if (const Result<Fault> read = fromJson<Fault>(fault))
            function.fault = *read;
    return function;
}

Invocation invocationOf(const json &activation)
{
    Invocation v;
    v.id = activation.value("activationId", std::string());
    v.function = activation.value("name", std::string());
    v.trigger = "manual";
    v.startUs = numberOf(activation, "start") * 1'000;
    const json init = annotation(activation, "initTime");
    v.cold = init.is_number();
    v.initMs = v.cold ? init.get<double>() : 0;
    v.durationMs = std::max(0.0, double(numberOf(activation, "duration")) - v.initMs);
    const json wait = annotation(activation, "waitTime");
    v.queuedMs = wait.is_number() ? wait.get<double>() : 0;

    const json response = activation.value("response", json::object());
    const std::string status = statusText(response);
    const json result = response.value("result", json());
    v.outcome = outcomeOf(activation, status);
    if (v.outcome == Outcome::Result)
        v.result =
            (result.is_object() && result.contains(wrappedValue) ? result[wrappedValue] : result)
                .dump(-1, ' ', false, json::error_handler_t::replace);
    else
        v.fault = {status, textOf(result.is_object() ? result.value("error", json()) : result), {}};
    const json logs = activation.value("logs", json::array());
    for (const json &text : logs) {
        LogLine line = lineOf(textOf(text));
        line.function = v.function;
        line.invocation = v.id;
        v.log.push_back(std::move(line));
    }
    return v;
}

Result<std::string> whiskEvent(const std::string &event)
{
    const json value = json::parse(event, nullptr, false);
    if (value.is_discarded())
        return failure(ErrorCode::EventInvalid, "event", "not JSON");
    return value.is_object() ? event : json{{wrappedEvent, value}}.dump();
}

Error refusalOf(int status, const json &body, const std::string &subject)
{
    std::string said = body.is_object() ? textOf(body.value("error", json())) : std::string();
    if (said.empty())
        said = "HTTP status " + std::to_string(status);
    if (status == 401 || status == 403)
        return {ErrorCode::ControllerAuthRejected, subject, said};
    if (status == 404)
        return {ErrorCode::FunctionUnknown, subject, said};
    if (status == 400 && said.starts_with("Initialization has failed"))
        return {ErrorCode::FunctionInitFailed, subject,
                toJson(Fault{"InitFailed", said, {}}).dump()};
    return {ErrorCode::ControllerRefused, subject, std::to_string(status) + ": " + said};
}

} // namespace runtime
