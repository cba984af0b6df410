#include "app/ide/deployments.h"

#include "runtime-bridge/controllers/createcontroller.h"

namespace app {

using runtime::Controller;
using runtime::Result;

namespace {

const QString ownName = QStringLiteral("edgewright");

QString changeText(const runtime::DeploymentItem &item, const QString &controller)
{
    const QString name = QString::fromStdString(item.name);
    if (item.change == runtime::PlanItem::Change::Keep)
        return Deployments::tr("Deployed already: %1 has this version of %2").arg(controller, name);
    return Deployments::tr("Deployed %1 to %2 in %3 ms, %4 bytes")
        .arg(name, controller)
        .arg(item.ms)
        .arg(item.bytes);
}

} // namespace

Deployments::Deployments(QObject *parent) : QObject(parent) {}

Deployments::~Deployments()
{
    m_stop.request_stop();
}

void Deployments::start()
{
    setTargets({});
}

void Deployments::setTargets(const std::vector<runtime::ApplicationTarget> &targets)
{
    std::map<QString, Entry> entries;
    const auto add = [&](const QString &name, const runtime::ApplicationTarget &target) {
        if (auto known = m_entries.extract(name);
            known && known.mapped().target.settings == target.settings) {
            entries.insert(std::move(known));
            return;
        }
        Entry &entry = entries[name];
        entry.view = {name, TargetState::Off, tr("not used yet")};
        entry.target = target;
    };
    add(ownName, {ownName.toStdString(), "edgewright", {}});
    for (const runtime::ApplicationTarget &target : targets)
        if (target.kind != "device")
            add(QString::fromStdString(target.name), target);
    m_entries = std::move(entries);
    Q_EMIT changed();
}

std::vector<ControllerView> Deployments::controllers() const
{
    std::vector<ControllerView> views;
    for (const auto &[name, entry] : m_entries)
        views.push_back(entry.view);
    return views;
}

Controller *Deployments::controller(const QString &name)
{
    const auto it = m_entries.find(name);
    if (it == m_entries.end()) {
        Q_EMIT failed({runtime::ErrorCode::TargetUnknown, name.toStdString(), {}});
        return nullptr;
    }
    Entry &entry = it->second;
    if (!entry.controller) {
        Result<std::unique_ptr<Controller>> made = runtime::createController(
            entry.target, runtime::LocalEndpointOptions::fromEnvironment());
        if (!made) {
            Q_EMIT failed(made.error());
            return nullptr;
        }
        entry.controller = std::move(*made);
    }
    return entry.controller.get();
}

void Deployments::setState(const QString &name, TargetState state, const QString &note)
{
    if (const auto it = m_entries.find(name); it != m_entries.end()) {
        it->second.view.state = state;
        it->second.view.note = note;
        Q_EMIT changed();
    }
}

void Deployments::deploy(const QString &name, const runtime::ApplicationFunction &function)
{
    Controller *to = controller(name);
    if (!to)
        return;
    setState(name, TargetState::Half, tr("deploying"));
    runtime::DeploymentRequest request;
    request.application = function.spec.application;
    request.functions = {function};
    to->deploy(request, m_stop.get_token())
        .then(this, [this, name](const Result<runtime::Deployment> &result) {
            if (!result) {
                setState(name, TargetState::Attention, tr("needs attention"));
                Q_EMIT failed(result.error());
                return;
            }
            setState(name, TargetState::On, tr("ready"));
            for (const runtime::DeploymentItem &item : result->items)
                Q_EMIT deployed(changeText(item, name));
        });
}

void Deployments::invoke(const QString &name, const std::string &function, const std::string &event)
{
    Controller *on = controller(name);
    if (!on)
        return;
    on->invoke(function, event, m_stop.get_token())
        .then(this, [this, name](const Result<runtime::Invocation> &result) {
            if (!result) {
                Q_EMIT failed(result.error());
                return;
            }
            setState(name, TargetState::On, tr("ready"));
            Q_EMIT invoked(*result);
        });
}

void Deployments::cancel()
{
    std::exchange(m_stop, {}).request_stop();
}

} // namespace app
