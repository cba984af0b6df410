#pragma once

#include "app/ide/debugrunner.h"
#include "app/ide/deployments.h"
#include "app/ide/devicehub.h"
#include "app/ide/localrunner.h"
#include "app/ide/project.h"
#include "app/ide/settings.h"

#include <QObject>

#include <vector>

namespace app {

/// One entry of the run bar's last list.
struct Target {
    enum class Kind { Here, Device, Group, Controller };
    Kind kind = Kind::Here;
    QString id;   ///< "here", "device:porch-pi", "group:roof", "controller:edgewright".
    QString name; ///< What people read.
    TargetState state = TargetState::Off;
    QString note; ///< "0.4 ms", "connecting": at the right.
};

/// What the window works with: the open application, the places it can run, what is chosen in the
/// run bar, and the orders Run, Debug, Put and Stop. Knows no widgets.
class Workbench final : public QObject
{
    Q_OBJECT

public:
    explicit Workbench(Settings *settings, QObject *parent = nullptr);

    [[nodiscard]] Project &project() { return m_project; }
    [[nodiscard]] LocalRunner &local() { return m_local; }
    [[nodiscard]] DeviceHub &devices() { return m_devices; }
    [[nodiscard]] Deployments &deployments() { return m_deployments; }
    [[nodiscard]] DebugRunner &debugger() { return m_debugger; }

    void start();
    void openFolder(const QString &folder);

    [[nodiscard]] std::vector<Target> targets() const;
    [[nodiscard]] Target target() const; ///< The chosen one; this computer when it is gone.
    [[nodiscard]] QString function() const { return m_function; }
    [[nodiscard]] QString event() const { return m_event; }
    void setFunction(const QString &name);
    void setEvent(const QString &name);
    void setTarget(const QString &id);

    // The four buttons. What they need that is missing is told by failed().
    void run();
    void debug();
    void put(); ///< Serve here, push to a device, deploy to a controller.
    /// The chosen function to all devices of \a group, \a canary first unless it is empty.
    void pushToGroup(const QString &group, const QString &canary = {});
    void stop();
    /// Invokes on the chosen target with the event of \a former.
    void replay(const runtime::Invocation &former);

    [[nodiscard]] QString activity() const { return m_activity; }
    [[nodiscard]] bool isBusy() const { return m_busy; }
    [[nodiscard]] bool isStoppable() const;
    /// Why Run and Put can do nothing now, or empty.
    [[nodiscard]] QString hindrance() const;

Q_SIGNALS:
    void selectionChanged();
    void targetsChanged();
    void activityChanged();
    /// Something happened on the chosen target.
    void happened(const runtime::Happening &happening);
    void invoked(const runtime::Invocation &invocation);
    void failed(const runtime::Error &error);
    void noted(const QString &text);

private:
    void connectParts();
    void chooseDefaults();
    void invoke(const std::string &event);
    void onInvoked(const runtime::Invocation &invocation);
    void onFailed(const runtime::Error &error);
    void onFleetChanged(const std::vector<device::FleetRow> &rows, bool isFinished);
    void setActivity(const QString &text, bool busy);
    [[nodiscard]] const runtime::ApplicationFunction *chosenFunction() const;
    [[nodiscard]] const SampleEvent *chosenEvent() const;

    Settings *m_settings;
    Project m_project;
    LocalRunner m_local;
    DeviceHub m_devices;
    Deployments m_deployments;
    DebugRunner m_debugger;
    QString m_function;
    QString m_event;
    QString m_target;
    QString m_activity;
    bool m_busy = false;
};

} // namespace app
