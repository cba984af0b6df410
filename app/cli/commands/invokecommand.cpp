#include "app/cli/commands/invokecommand.h"

#include "app/cli/commandlist.h"
#include "app/cli/controllerof.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/dialect.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace app {

using nlohmann::json;
using runtime::FunctionState;
using runtime::Invocation;
using runtime::Outcome;
using runtime::Result;

InvokeCommand::InvokeCommand(Output &output, Options options)
    : RuntimeCommand(output), m_options(std::move(options))
{
}

void InvokeCommand::start()
{
    Result<std::string> event = readEvent(m_options.event);
    if (!event)
        return fail(event.error());
    m_options.event = std::move(*event);
    const Result<Place> place = placeNamed(m_options.on);
    if (!place)
        return fail(place.error());
    if (place->kind != Place::Kind::Here)
        return startThere(*place);
    Result<runtime::ApplicationFunction> function =
        chooseFunction(m_options.what, m_options.wishes);
    if (!function)
        return fail(function.error());
    m_function = std::move(*function);
    connectHere();
}

/// What runs there is invoked: a name is enough, and nothing is sent.
void InvokeCommand::startThere(const Place &place)
{
    m_function.spec.name = m_options.what;
    if (place.kind == Place::Kind::Device)
        return connectTo(place);
    if (m_options.isAsync)
        return fail({runtime::ErrorCode::UsageInvalid, "edgewright invoke",
                     "--async is for this computer and for devices"});
    Result<std::unique_ptr<runtime::Controller>> controller = createControllerOf(place);
    if (!controller)
        return fail(controller.error());
    m_controller = std::move(*controller);
    m_controller->invoke(m_options.what, m_options.event, stopToken())
        .then(this, [this](const Result<Invocation> &invocation) {
            if (invocation)
                finish(showInvocation(output(), *invocation));
            else
                fail(invocation.error());
        });
}

void InvokeCommand::onReady(runtime::Client &client)
{
    if (link())
        return invokeIt();
    client.functions().then(this, [this](const Result<std::vector<FunctionState>> &present) {
        if (present)
            put(*present);
        else
            fail(present.error());
    });
}

/// The runtime is shared: what another window or command serves under this name must not change.
void InvokeCommand::put(const std::vector<FunctionState> &present)
{
    Result<runtime::PutRequest> request = localPut(m_function, false);
    if (!request)
        return fail(request.error());
    request->lease = !m_options.isAsync; // a task's function stays for it
    runtime::FunctionSpec &spec = request->manifest.spec;
    if (const auto same = std::ranges::find_if(
            present, [&](const FunctionState &state) { return state.spec.name == spec.name; });
        same != present.end()) {
        if (same->root == request->root && same->spec == spec)
            request->armed = same->armed;
        else
            spec.name = spec.name.substr(0, 50) + '.' + runtime::createId().substr(0, 8);
    }
    m_function.spec.name = spec.name;
    m_subscription = client()->subscribe({.invocations = false,
                                          .log = true,
                                          .functions = false,
                                          .readings = false,
                                          .afterCursor = 0,
                                          .readingsFromNow = true,
                                          .function = spec.name});
    if (!request->armed && !m_options.isAsync)
        connect(m_subscription.get(), &runtime::Subscription::happened, this,
                &InvokeCommand::onHappened);
    client()->put(*request, stopToken()).then(this, [this](const Result<runtime::PutResult> &put) {
        if (put)
            onPut(*put);
        else if (put.error().code == runtime::ErrorCode::FunctionInitFailed)
            onNotLoaded(put.error());
        else
            fail(put.error());
    });
    m_bundle = runtime::bundleDigest(request->manifest);
}

/// Code that does not load is told like code that fails: as an outcome.
void InvokeCommand::onNotLoaded(const runtime::Error &error)
{
    const json detail = json::parse(error.detail, nullptr, false);
    Result<runtime::Fault> fault = runtime::fromJson<runtime::Fault>(detail);
    if (!fault)
        return fail(error);
    Invocation invocation;
    invocation.function = m_function.spec.name;
    invocation.outcome = Outcome::FunctionError;
    invocation.fault = std::move(*fault);
    invocation.cold = true;
    invocation.bundle = m_bundle;
    finish(showInvocation(output(), invocation));
}

void InvokeCommand::onPut(const runtime::PutResult &put)
{
    m_put = put;
    invokeIt();
}

void InvokeCommand::submitIt()
{
    client()
        ->submit({.function = m_function.spec.name,
                  .event = m_options.event,
                  .trigger = "task",
                  .id = {}})
        .then(this, [this](const Result<std::string> &id) {
            if (!id)
                return fail(id.error());
            if (output().isJson())
                output().json(json{{"id", *id}, {"function", m_function.spec.name}});
            else
                output().line(QString::fromStdString(*id));
            finish(Exit::Done);
        });
}

void InvokeCommand::invokeIt()
{
    if (m_options.isAsync)
        return submitIt();
    client()
        ->invoke({.function = m_function.spec.name,
                  .event = m_options.event,
                  .trigger = "manual",
                  .id = {}},
                 stopToken())
        .then(this, [this](const Result<Invocation> &invocation) {
            if (invocation)
                onInvoked(*invocation);
            else
                fail(invocation.error());
        });
}

void InvokeCommand::onHappened(const runtime::Happening &happening)
{
    if (happening.kind != runtime::Happening::Kind::Log)
        return;
    ++m_shown[happening.log.invocation];
    output().log(happening.log, false);
}

void InvokeCommand::onInvoked(const Invocation &ended)
{
    Invocation invocation = ended;
    if (m_put.changed && !invocation.cold) { // its worker was started for this command
        invocation.cold = true;
        invocation.initMs = m_put.initMs;
    }
    const runtime::Dialect *dialect = runtime::findDialect(m_function.spec.dialect);
    const Exit exit = showInvocation(output(), invocation, m_shown[invocation.id],
                                     dialect && dialect->answersText);
    if (invocation.outcome == Outcome::FunctionError)
        output().note(QStringLiteral("edgewright failure %1%2 tells what it had.")
                          .arg(QString::fromStdString(invocation.id),
                               m_options.on.empty() ? QString()
                                                    : QStringLiteral(" --on ") +
                                                          QString::fromStdString(m_options.on)));
    finish(exit);
}

std::string invocationObject(const Invocation &invocation)
{
    using nlohmann::ordered_json; // in the order of the contract, and results in their own
    ordered_json error;
    if (invocation.outcome != Outcome::Result)
        error = {{"type", invocation.fault.type},
                 {"message", invocation.fault.message},
                 {"stack", invocation.fault.stack}};
    ordered_json log = ordered_json::array();
    for (const runtime::LogLine &line : invocation.log)
        log.push_back(line.text);
    const ordered_json object{
        {"outcome", runtime::wireName(invocation.outcome)},
        {"result", ordered_json::parse(invocation.result.empty() ? "null" : invocation.result,
                                       nullptr, false)},
        {"error", std::move(error)},
        {"log", std::move(log)},
        {"cold", invocation.cold},
        {"init_ms", invocation.initMs},
        {"duration_ms", invocation.durationMs},
        {"memory_kb", invocation.memoryKb},
        {"bundle", invocation.bundle}};
    return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

namespace {

QString titleOf(const Invocation &invocation)
{
    const QString name = u'"' + QString::fromStdString(invocation.function) + u'"';
    switch (invocation.outcome) {
    case Outcome::Result: return name;
    case Outcome::FunctionError: return name + QStringLiteral(" failed");
    case Outcome::Timeout: return name + QStringLiteral(" took longer than its timeout");
    case Outcome::OutOfMemory: return name + QStringLiteral(" needed more than its memory");
    case Outcome::WorkerDied: return QStringLiteral("The worker of %1 ended").arg(name);
    case Outcome::Rejected: return name + QStringLiteral(" has too much to do");
    case Outcome::Cancelled: return name + QStringLiteral(" was cancelled");
    case Outcome::OutOfSpace: return name + QStringLiteral(" needed more than its temporary space");
    }
    return name;
}

/// A string as it is; any other value as JSON.
std::string textOf(const std::string &result)
{
    const json value = json::parse(result, nullptr, false);
    return value.is_string() ? value.get<std::string>() : result;
}

} // namespace

Exit showInvocation(Output &output, const Invocation &invocation, std::size_t firstLine,
                    bool answersText)
{
    for (std::size_t i = firstLine; i < invocation.log.size(); ++i)
        output.log(invocation.log[i], false);
    if (invocation.logDropped > 0)
        output.note(QStringLiteral("(%1 more log lines were not kept)").arg(invocation.logDropped));
    const bool isWell = invocation.outcome == Outcome::Result;
    if (!isWell)
        output.fault(titleOf(invocation), invocation.fault);
    if (output.isJson())
        output.json(invocationObject(invocation));
    else if (isWell)
        output.json(answersText ? textOf(invocation.result) : invocation.result);
    if (invocation.outcome == Outcome::Cancelled)
        return Exit::Cancelled;
    return isWell ? Exit::Done : Exit::Failed;
}

void addInvokeCommand(CommandList &list)
{
    const auto options = std::make_shared<InvokeCommand::Options>();
    const CommandOptions command = list.add(
        "invoke", "Invoke a function once",
        "invoke night-light --event '{\"lux\": 42}'\n"
        "invoke night-light --event @events/dusk.json --json\n"
        "invoke night-light --on porch-pi    as it runs there\n"
        "invoke resize --async              as a task; edgewright task ID tells what became of it\n"
        "invoke hello.py                    a file needs no application\n"
        "echo '{\"n\": 1}' | edgewright invoke hello.js --event -",
        [options](Output &output) { return std::make_unique<InvokeCommand>(output, *options); });
    command
        .addOption("WHAT", options->what,
                   "Function of the application here, or a source file or folder")
        .required()
        .typeName("");
    command.addOption("--event", options->event, "JSON, @FILE, or - for standard input")
        .typeName("JSON|@FILE|-");
    command.addOption("--dialect", options->wishes.dialect, "Shape of the handler")
        .oneOf(runtime::dialectNames());
    command.addFlag("--async", options->isAsync,
                    "As a task, tried again where it fails: its id, at once");
    command.addOption("--on", options->on, "A device or a controller; else here")
        .typeName("TARGET");
    command
        .addOption("--handler", options->wishes.handler,
                   "The function in the source, where several fit")
        .typeName("NAME");
}

} // namespace app
