#include "app/ide/workbench.h"

#include "app/ide/invocationmodel.h"

#include <algorithm>

namespace app {

using runtime::ErrorCode;

namespace {

const QString here = QStringLiteral("here");
const QString devicePrefix = QStringLiteral("device:");
const QString groupPrefix = QStringLiteral("group:");
const QString controllerPrefix = QStringLiteral("controller:");

TargetState stateOf(LocalRunner::State state)
{
    switch (state) {
    case LocalRunner::State::Ready: return TargetState::On;
    case LocalRunner::State::Starting:
    case LocalRunner::State::Lost: return TargetState::Half;
    case LocalRunner::State::Failed: return TargetState::Attention;
    }
    return TargetState::Off;
}

} // namespace

Workbench::Workbench(Settings *settings, QObject *parent)
    : QObject(parent)
    , m_settings(settings)
    , m_local(&m_project)
    , m_debugger(&m_project, &m_local)
    , m_target(settings->get(setting::target))
{
    connectParts();
}

void Workbench::connectParts()
{
    connect(&m_project, &Project::changed, this, &Workbench::chooseDefaults);
    connect(&m_local, &LocalRunner::stateChanged, this, &Workbench::targetsChanged);
    connect(&m_local, &LocalRunner::invoked, this, &Workbench::onInvoked);
    connect(&m_local, &LocalRunner::failed, this, &Workbench::onFailed);
    connect(&m_local, &LocalRunner::happened, this, [this](const runtime::Happening &happening) {
        if (target().kind == Target::Kind::Here)
            Q_EMIT happened(happening);
    });
    connect(&m_local, &LocalRunner::servingChanged, this, [this] {
        if (!m_local.isServing())
            setActivity(tr("Stopped serving"), false);
        else if (m_local.gatewayAddress().isEmpty())
            setActivity(tr("Starting the gateway"), true);
        else
            setActivity(tr("Serving on %1").arg(m_local.gatewayAddress()), false);
    });
    connect(&m_devices, &DeviceHub::changed, this, &Workbench::targetsChanged);
    connect(&m_devices, &DeviceHub::invoked, this, &Workbench::onInvoked);
    connect(&m_devices, &DeviceHub::failed, this, &Workbench::onFailed);
    connect(&m_devices, &DeviceHub::happened, this,
            [this](const QString &device, const runtime::Happening &happening) {
                if (target().id == devicePrefix + device)
                    Q_EMIT happened(happening);
            });
    connect(&m_devices, &DeviceHub::exported, this, [this](const QString &file) {
        setActivity(tr("Readings are in %1").arg(file), false);
    });
    connect(&m_devices, &DeviceHub::preparing, this, [this](const QString &device, double part) {
        setActivity(tr("Preparing the stored readings of %1: %2 %")
                        .arg(device)
                        .arg(std::lround(part * 100)),
                    part < 1);
    });
    connect(&m_devices, &DeviceHub::sending, this,
            [this](const QString &device, const QString &function, quint64 sent, quint64 total) {
                const QLocale locale;
                setActivity(tr("Sending %1 to %2: %3 of %4")
                                .arg(function, device, locale.formattedDataSize(qint64(sent)),
                                     locale.formattedDataSize(qint64(total))),
                            true);
            });
    connect(&m_devices, &DeviceHub::pushed, this, [this](const PushOutcome &push) {
        const QString text = push.changed ? tr("Pushed version %1 to %2 in %3, %4 bytes")
                                                .arg(push.version)
                                                .arg(push.device, durationText(push.ms))
                                                .arg(push.bytes)
                                          : tr("%1 has this version already").arg(push.device);
        setActivity(text, false);
        Q_EMIT noted(text);
        for (const QString &warning : push.warnings)
            Q_EMIT noted(warning);
    });
    connect(&m_devices, &DeviceHub::pushStep, this,
            [this](const QString &device, const QString &line) {
                setActivity(line.isEmpty() ? tr("Pushing %1 to %2").arg(m_function, device)
                                           : device + QStringLiteral(": ") + line,
                            true);
            });
    connect(&m_devices, &DeviceHub::fleetChanged, this, &Workbench::onFleetChanged);
    connect(&m_deployments, &Deployments::changed, this, &Workbench::targetsChanged);
    connect(&m_deployments, &Deployments::failed, this, &Workbench::onFailed);
    connect(&m_deployments, &Deployments::invoked, this, &Workbench::onInvoked);
    connect(&m_deployments, &Deployments::deployed, this, [this](const QString &text) {
        setActivity(text, false);
        Q_EMIT noted(text);
    });
    connect(&m_debugger, &DebugRunner::failed, this, &Workbench::onFailed);
    connect(&m_debugger, &DebugRunner::changed, this,
            [this] { setActivity(m_debugger.activity(), m_debugger.isBusy()); });
}

void Workbench::start()
{
    m_local.start();
    m_devices.start();
    m_deployments.start();
}

void Workbench::openFolder(const QString &folder)
{
    m_debugger.stop();
    m_project.open(folder);
    QStringList recent = m_settings->get(setting::recentFolders);
    recent.removeAll(m_project.folder());
    recent.prepend(m_project.folder());
    m_settings->set(setting::recentFolders, recent.mid(0, 8));
}

void Workbench::chooseDefaults()
{
    const auto &functions = m_project.application().functions;
    const auto hasFunction = [&](const QString &name) {
        return m_project.application().function(name.toStdString()) != nullptr;
    };
    if (m_function.isEmpty())
        m_function = m_settings->get(setting::function);
    if (!hasFunction(m_function))
        m_function =
            functions.empty() ? QString() : QString::fromStdString(functions.front().spec.name);
    if (m_event.isEmpty())
        m_event = m_settings->get(setting::event);
    if (!chosenEvent() && !m_project.events().empty())
        m_event = m_project.events().front().name;
    m_deployments.setTargets(m_project.application().targets);
    Q_EMIT selectionChanged();
    Q_EMIT targetsChanged();
}

std::vector<Target> Workbench::targets() const
{
    std::vector<Target> all;
    all.push_back({Target::Kind::Here, here, tr("this computer"), stateOf(m_local.state()), {}});
    for (const DeviceView &device : m_devices.devices())
        all.push_back({Target::Kind::Device, devicePrefix + device.name, device.name, device.state,
                       device.note});
    const QMap<QString, QStringList> &groups = m_devices.groups();
    for (auto it = groups.begin(); it != groups.end(); ++it) {
        const auto online = std::ranges::count_if(
            *it, [this](const QString &device) { return m_devices.isOnline(device); });
        all.push_back({Target::Kind::Group, groupPrefix + it.key(), it.key(),
                       online == it->size() ? TargetState::On
                       : online > 0         ? TargetState::Half
                                            : TargetState::Off,
                       tr("%1 of %2 online").arg(online).arg(it->size())});
    }
    for (const ControllerView &controller : m_deployments.controllers())
        all.push_back({Target::Kind::Controller, controllerPrefix + controller.name,
                       controller.name, controller.state, controller.note});
    return all;
}

Target Workbench::target() const
{
    const std::vector<Target> all = targets();
    const auto it = std::ranges::find(all, m_target, &Target::id);
    return it == all.end() ? all.front() : *it;
}

void Workbench::setFunction(const QString &name)
{
    m_function = name;
    m_settings->set(setting::function, name);
    Q_EMIT selectionChanged();
}

void Workbench::setEvent(const QString &name)
{
    m_event = name;
    m_settings->set(setting::event, name);
    Q_EMIT selectionChanged();
}

void Workbench::setTarget(const QString &id)
{
    m_target = id;
    m_settings->set(setting::target, id);
    if (const Target chosen = target(); chosen.kind == Target::Kind::Device)
        m_devices.connectDevice(chosen.name);
    setActivity({}, false);
    Q_EMIT selectionChanged();
}

const runtime::ApplicationFunction *Workbench::chosenFunction() const
{
    return m_project.application().function(m_function.toStdString());
}

const SampleEvent *Workbench::chosenEvent() const
{
    const auto it = std::ranges::find(m_project.events(), m_event, &SampleEvent::name);
    return it == m_project.events().end() ? nullptr : &*it;
}

QString Workbench::hindrance() const
{
    if (!m_project.isOpen())
        return tr("Open a folder to begin");
    if (!chosenFunction())
        return tr("This folder declares no function yet");
    return {};
}

void Workbench::run()
{
    const SampleEvent *event = chosenEvent();
    const runtime::Result<std::string> text =
        event ? m_project.eventText(*event) : runtime::Result<std::string>("{}");
    if (!text)
        return onFailed(text.error());
    invoke(*text);
}

void Workbench::replay(const runtime::Invocation &former)
{
    invoke(former.event);
}

void Workbench::invoke(const std::string &event)
{
    const Target chosen = target();
    if (chosen.kind == Target::Kind::Group)
        return setActivity(tr("A group can be pushed to. To run, choose one device"), false);
    setActivity(tr("Running %1 on %2").arg(m_function, chosen.name), true);
    const std::string function = m_function.toStdString();
    switch (chosen.kind) {
    case Target::Kind::Here: m_local.invoke(function, event); break;
    case Target::Kind::Device: m_devices.invoke(chosen.name, function, event); break;
    case Target::Kind::Group: break;
    case Target::Kind::Controller: m_deployments.invoke(chosen.name, function, event); break;
    }
}

void Workbench::debug()
{
    if (m_debugger.isActive()) {
        run(); // the session stands: one more invocation under it
        return;
    }
    const runtime::ApplicationFunction *function = chosenFunction();
    if (!function)
        return onFailed({ErrorCode::FunctionUnknown, m_function.toStdString(), {}});
    m_debugger.start(*function, [this] { run(); });
}

void Workbench::put()
{
    const Target chosen = target();
    const runtime::ApplicationFunction *function = chosenFunction();
    if (!function)
        return onFailed({ErrorCode::FunctionUnknown, m_function.toStdString(), {}});
    switch (chosen.kind) {
    case Target::Kind::Here: m_local.setServing(!m_local.isServing()); break;
    case Target::Kind::Device:
        setActivity(tr("Pushing %1 to %2").arg(m_function, chosen.name), true);
        m_devices.push(chosen.name, *function);
        break;
    case Target::Kind::Group: pushToGroup(chosen.name); break;
    case Target::Kind::Controller:
        setActivity(tr("Deploying %1 to %2").arg(m_function, chosen.name), true);
        m_deployments.deploy(chosen.name, *function);
        break;
    }
}

void Workbench::pushToGroup(const QString &group, const QString &canary)
{
    const runtime::ApplicationFunction *function = chosenFunction();
    if (!function)
        return onFailed({ErrorCode::FunctionUnknown, m_function.toStdString(), {}});
    setActivity(tr("Pushing %1 to %2").arg(m_function, group), true);
    m_devices.pushToGroup(group, *function, canary);
}

void Workbench::onFleetChanged(const std::vector<device::FleetRow> &rows, bool isFinished)
{
    const auto count = [&rows](auto... states) {
        return std::ranges::count_if(
            rows, [&](const device::FleetRow &row) { return ((row.state == states) || ...); });
    };
    using State = device::FleetRow::State;
    const auto serve = count(State::Done);
    if (isFinished)
        setActivity(tr("%1 of %2 devices have the version").arg(serve).arg(rows.size()), false);
    else if (count(State::Watching) > 0)
        setActivity(tr("Pushing %1, the first device is watched").arg(m_function), true);
    else
        setActivity(tr("Pushing %1, %2 of %3 devices").arg(m_function).arg(serve).arg(rows.size()),
                    true);
}

bool Workbench::isStoppable() const
{
    return m_busy || m_local.isInvoking() || m_local.isServing() || m_debugger.isActive();
}

void Workbench::stop()
{
    m_local.cancelInvocations();
    m_devices.cancel();
    m_deployments.cancel();
    if (m_debugger.isActive())
        m_debugger.stop();
    else if (m_local.isServing())
        m_local.setServing(false);
    setActivity(tr("Stopped"), false);
}

void Workbench::onInvoked(const runtime::Invocation &invocation)
{
    const QString name = QString::fromStdString(invocation.function);
    setActivity(invocation.outcome == runtime::Outcome::Result
                    ? tr("%1 answered in %2").arg(name, durationText(invocation.durationMs))
                    : tr("%1: %2").arg(name, outcomeText(invocation.outcome)),
                false);
    Q_EMIT invoked(invocation);
}

void Workbench::onFailed(const runtime::Error &error)
{
    setActivity(error.code == ErrorCode::Cancelled ? tr("Stopped") : QString(), false);
    if (error.code != ErrorCode::Cancelled)
        Q_EMIT failed(error);
}

void Workbench::setActivity(const QString &text, bool busy)
{
    m_activity = text;
    m_busy = busy;
    Q_EMIT activityChanged();
}

} // namespace app
