#include "app/ide/localrunner.h"

#include "runtime-bridge/function/bundle.h"

namespace app {

using runtime::ErrorCode;
using runtime::Result;

LocalRunner::LocalRunner(Project *project, QObject *parent) : QObject(parent), m_project(project)
{
    connect(&m_runtime, &runtime::LocalRuntime::ready, this, &LocalRunner::onReady);
    connect(&m_runtime, &runtime::LocalRuntime::lost, this, [this](const runtime::Error &error) {
        m_subscription.reset();
        m_put.clear();
        m_functions.clear();
        m_gateway.clear();
        m_state = State::Lost;
        Q_EMIT stateChanged();
        Q_EMIT functionsChanged();
        Q_EMIT failed(error);
    });
    connect(&m_runtime, &runtime::LocalRuntime::failed, this, [this](const runtime::Error &error) {
        m_state = State::Failed;
        Q_EMIT stateChanged();
        Q_EMIT failed(error);
    });
    connect(m_project, &Project::changed, this, &LocalRunner::putAll);
}

LocalRunner::~LocalRunner()
{
    m_stop.request_stop();
}

void LocalRunner::start()
{
    m_runtime.start();
}

void LocalRunner::stop()
{
    m_stop.request_stop();
    m_subscription.reset();
    m_runtime.stop();
}

void LocalRunner::onReady()
{
    m_state = State::Ready;
    m_subscription = client()->subscribe({.invocations = true,
                                          .log = true,
                                          .functions = true,
                                          .readings = true,
                                          .afterCursor = 0,
                                          .readingsFromNow = true,
                                          .function = {}});
    connect(m_subscription.get(), &runtime::Subscription::happened, this, &LocalRunner::onHappened);
    Q_EMIT stateChanged();
    putAll();
    if (m_serving)
        setServing(true);
}

void LocalRunner::onHappened(const runtime::Happening &happening)
{
    using Kind = runtime::Happening::Kind;
    if (happening.kind == Kind::Function) {
        m_functions[happening.function.spec.name] = happening.function;
        Q_EMIT functionsChanged();
    } else if (happening.kind == Kind::FunctionRemoved) {
        m_functions.erase(happening.functionName);
        Q_EMIT functionsChanged();
    }
    Q_EMIT happened(happening);
}

void LocalRunner::putAll()
{
    if (!client())
        return;
    std::set<std::string> wanted;
    for (const runtime::ApplicationFunction &function : m_project->application().functions) {
        wanted.insert(function.spec.name);
        put(function, [this](const Result<> &isPut) {
            if (!isPut)
                Q_EMIT failed(isPut.error());
        });
    }
    for (const std::string &name : m_put)
        if (!wanted.contains(name))
            (void)client()->remove(name);
    m_put = wanted;
}

void LocalRunner::put(const runtime::ApplicationFunction &function,
                      std::function<void(Result<>)> then)
{
    Result<runtime::Manifest> manifest = runtime::scanBundle(function.spec, function.source);
    if (!manifest) {
        then(tl::unexpected(manifest.error()));
        return;
    }
    runtime::PutRequest request;
    request.manifest = std::move(*manifest);
    request.root = runtime::bundleRoot(function.source).string();
    request.armed = m_serving;
    request.lease = true;
    client()
        ->put(request, m_stop.get_token())
        .then(this, [then = std::move(then)](const Result<runtime::PutResult> &result) {
            then(result.map([](const runtime::PutResult &) {}));
        });
}

void LocalRunner::put(const std::string &name, std::function<void(Result<>)> then)
{
    const runtime::ApplicationFunction *function = m_project->application().function(name);
    if (!function)
        then(runtime::failure(ErrorCode::FunctionUnknown, name));
    else if (!client())
        then(runtime::failure(ErrorCode::RuntimeUnreachable, "runtime", "not connected"));
    else
        put(*function, std::move(then));
}

void LocalRunner::invoke(const std::string &function, const std::string &event)
{
    ++m_running;
    Q_EMIT runningChanged();
    const auto done = [this](const Result<runtime::Invocation> &result) {
        --m_running;
        Q_EMIT runningChanged();
        if (result)
            Q_EMIT invoked(*result);
        else
            Q_EMIT failed(result.error());
    };
    put(function, [this, function, event, done](const Result<> &isPut) {
        if (!isPut || !client())
            return done(isPut ? runtime::failure(ErrorCode::RuntimeLost, "runtime")
                              : tl::unexpected(isPut.error()));
        client()
            ->invoke({.function = function, .event = event, .trigger = "manual", .id = {}},
                     m_stop.get_token())
            .then(this, done);
    });
}

void LocalRunner::cancelInvocations()
{
    std::exchange(m_stop, {}).request_stop();
}

void LocalRunner::setServing(bool serving)
{
    m_serving = serving;
    Q_EMIT servingChanged();
    if (!client())
        return;
    putAll();
    for (const runtime::ApplicationFunction &function : m_project->application().functions)
        (void)client()->arm(function.spec.name, serving);
    if (!serving) {
        m_gateway.clear();
        Q_EMIT servingChanged();
        return;
    }
    client()->gateway().then(this, [this](const Result<std::string> &address) {
        if (!address)
            Q_EMIT failed(address.error());
        else if (m_serving)
            m_gateway = QString::fromStdString(*address);
        Q_EMIT servingChanged();
    });
}

} // namespace app
