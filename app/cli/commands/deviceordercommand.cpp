#include "app/cli/commands/deviceordercommand.h"

#include "app/cli/functionchoice.h"
#include "app/cli/runtimecommand.h"
#include "device-manager/core/devicelink.h"
#include "runtime-bridge/base/digest.h"

#include <nlohmann/json.hpp>

namespace app {

using device::DeviceLink;
using runtime::Error;
using runtime::Result;

struct DeviceOrderCommand::Receiver {
    std::string name;
    std::unique_ptr<DeviceLink> link;
    std::size_t done = 0;
    bool hasEnded = false;
};

DeviceOrderCommand::DeviceOrderCommand(Output &output, What what,
                                       std::vector<device::Device> devices,
                                       std::vector<std::string> functions)
    : Command(output)
    , m_what(what)
    , m_devices(std::move(devices))
    , m_functions(std::move(functions))
{
}

DeviceOrderCommand::~DeviceOrderCommand() = default;

void DeviceOrderCommand::start()
{
    if (m_functions.empty()) {
        const auto functions = chooseFunctions({});
        if (!functions)
            return fail(functions.error());
        for (const runtime::ApplicationFunction &function : *functions)
            m_functions.push_back(function.spec.name);
    }
    m_open = m_devices.size();
    for (const device::Device &device : m_devices) {
        auto receiver = std::make_unique<Receiver>();
        Receiver *raw = receiver.get();
        raw->name = device.name.toStdString();
        raw->link = createLink(device);
        connect(raw->link.get(), &DeviceLink::stateChanged, this,
                [this, raw](DeviceLink::State state) {
                    if (state == DeviceLink::State::Online && !raw->hasEnded)
                        next(*raw);
                });
        // An order that was under way may have been carried out: it is not given twice.
        connect(raw->link.get(), &DeviceLink::lost, this,
                [this, raw](const Error &error) { onFailed(*raw, error); });
        connect(raw->link.get(), &DeviceLink::failed, this,
                [this, raw](const Error &error) { onFailed(*raw, error); });
        m_receivers.push_back(std::move(receiver));
    }
    for (const auto &receiver : m_receivers)
        receiver->link->open();
}

void DeviceOrderCommand::next(Receiver &receiver)
{
    if (receiver.done == m_functions.size()) {
        receiver.hasEnded = true;
        return end();
    }
    const std::string &name = m_functions[receiver.done];
    runtime::Client *client = receiver.link->client();
    if (m_what == What::Remove)
        client->remove(name).then(
            this, [this, &receiver](const Result<> &done) { onDone(receiver, done, {}); });
    else
        client->rollback(name).then(
            this, [this, &receiver](const Result<runtime::PutResult> &done) {
                onDone(receiver, done.map([](const runtime::PutResult &) {}),
                       done ? done->bundle : std::string());
            });
}

void DeviceOrderCommand::onDone(Receiver &receiver, const Result<> &done, const std::string &bundle)
{
    if (receiver.hasEnded)
        return; // the link was lost, and that is told
    if (!done)
        return onFailed(receiver, done.error());
    const QString word =
        m_what == What::Remove ? QStringLiteral("removed") : QStringLiteral("rolled back");
    const std::string &name = m_functions[receiver.done++];
    if (output().isJson())
        output().json(nlohmann::json{{"device", receiver.name},
                                     {"function", name},
                                     {"done", word.toStdString()},
                                     {"bundle", bundle}});
    else
        output().line(QStringLiteral("%1  %2  %3  %4")
                          .arg(QString::fromStdString(receiver.name), QString::fromStdString(name),
                               word, QString::fromStdString(runtime::shortDigest(bundle)))
                          .trimmed());
    if (receiver.link->client())
        next(receiver);
}

void DeviceOrderCommand::onFailed(Receiver &receiver, Error error)
{
    if (std::exchange(receiver.hasEnded, true))
        return;
    if (m_receivers.size() == 1)
        return fail(error);
    if (m_exit == Exit::Done || exitOf(error) == Exit::Unreachable)
        m_exit = exitOf(error);
    if (output().isJson()) {
        output().json(nlohmann::json{{"device", receiver.name}, {"error", errorObject(error)}});
    } else {
        if (error.subject != receiver.name)
            error.subject = receiver.name + ": " + error.subject;
        output().error(error);
    }
    end();
}

void DeviceOrderCommand::end()
{
    if (--m_open == 0)
        finish(m_exit);
}

} // namespace app
