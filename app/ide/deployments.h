#pragma once

#include "app/ide/targetstate.h"
#include "runtime-bridge/controllers/controller.h"
#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/protocol/messages.h"

#include <QObject>

#include <map>
#include <memory>
#include <stop_token>
#include <vector>

namespace app {

/// A controller as the window shows it.
struct ControllerView {
    QString name;
    TargetState state = TargetState::Off;
    QString note;
};

/// The controllers that functions can be deployed to: this computer's own endpoint, always, and
/// those that the application names.
class Deployments final : public QObject
{
    Q_OBJECT

public:
    explicit Deployments(QObject *parent = nullptr);
    ~Deployments() override;

    void start();
    void setTargets(const std::vector<runtime::ApplicationTarget> &targets);
    [[nodiscard]] std::vector<ControllerView> controllers() const;

    void deploy(const QString &controller, const runtime::ApplicationFunction &function);
    void invoke(const QString &controller, const std::string &function, const std::string &event);
    void cancel();

Q_SIGNALS:
    void changed();
    void deployed(const QString &text);
    void invoked(const runtime::Invocation &invocation);
    void failed(const runtime::Error &error);

private:
    struct Entry {
        ControllerView view;
        runtime::ApplicationTarget target;
        std::unique_ptr<runtime::Controller> controller;
    };
    runtime::Controller *controller(const QString &name); ///< Null after failed().
    void setState(const QString &name, TargetState state, const QString &note);

    std::map<QString, Entry> m_entries;
    std::stop_source m_stop;
};

} // namespace app
