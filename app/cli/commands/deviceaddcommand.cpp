#include "app/cli/commands/deviceaddcommand.h"

#include "app/cli/commandlist.h"
#include "app/cli/terminal.h"
#include "device-manager/core/deviceregistry.h"

#include <QFileInfo>

#include <nlohmann/json.hpp>

namespace app {

using runtime::Error;
using runtime::ErrorCode;
using runtime::Result;

DeviceAddCommand::DeviceAddCommand(Output &output, Options options)
    : Command(output), m_options(std::move(options))
{
}

void DeviceAddCommand::start()
{
    const char *const command = "edgewright device add";
    Result<device::Device> device =
        device::deviceFromAddress(QString::fromStdString(m_options.address));
    if (!device)
        return fail(device.error());
    m_device = std::move(*device);
    m_device.name = QString::fromStdString(m_options.name);
    m_device.hostKey = QString::fromStdString(m_options.hostKey);
    if (!runtime::isFunctionName(m_options.name))
        return fail({ErrorCode::UsageInvalid, command,
                     "a device's name has letters, digits, '-', '_' and '.', not \"" +
                         m_options.name + '"'});
    if (!m_device.hostKey.isEmpty() && !m_device.hostKey.startsWith(QStringLiteral("SHA256:")))
        return fail(
            {ErrorCode::UsageInvalid, command,
             "a host key is given by its fingerprint, SHA256:…, not \"" + m_options.hostKey + '"'});
    if (!m_options.keyFile.empty()) {
        const QFileInfo file(QString::fromStdString(m_options.keyFile));
        if (!file.isFile())
            return fail({ErrorCode::UsageInvalid, command,
                         m_options.keyFile + ": there is no such key file"});
        m_device.keyFile = file.absoluteFilePath();
    }
    tryOut();
}

void DeviceAddCommand::tryOut()
{
    device::SshAsk ask;
    if (isInteractive())
        ask = askOnTerminal;
    m_session = std::make_unique<device::SshSession>(m_device, ask);
    m_session->open().then(this, [this](const Result<> &opened) { onOpened(opened); });
}

void DeviceAddCommand::onOpened(const Result<> &opened)
{
    if (!opened && opened.error().code == ErrorCode::DeviceHostKeyUnknown && isInteractive())
        return askForHostKey(opened.error());
    if (!opened)
        return fail(opened.error());
    device::DeviceRegistry registry;
    if (const Result<> loaded = registry.load(); !loaded)
        output().error(loaded.error());
    if (const Result<> saved = registry.save(m_device); !saved)
        return fail(saved.error());
    const QString address = device::toAddress(m_device);
    if (output().isJson())
        output().json(nlohmann::json{{"name", m_options.name},
                                     {"address", address.toStdString()},
                                     {"host_key", m_device.hostKey.toStdString()}});
    else
        output().line(m_device.name + QStringLiteral("  ") + address);
    output().note(QStringLiteral("Next: edgewright device test ") + m_device.name);
    finish(Exit::Done);
}

void DeviceAddCommand::askForHostKey(const Error &error)
{
    const QString fingerprint = QString::fromStdString(error.detail).section(u' ', 0, 0);
    output().note(QStringLiteral("The host key of %1 is %2.\nThe device itself shows it with: "
                                 "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
                      .arg(m_device.host, fingerprint));
    const std::optional<QString> answer =
        askOnTerminal({device::SshQuestion::Kind::Prompt, m_device.name,
                       QStringLiteral("Is it this one? (yes/no)"), false},
                      stopToken());
    if (!answer || answer->trimmed().toLower() != QStringLiteral("yes"))
        return fail(error);
    m_device.hostKey = fingerprint;
    tryOut();
}

void addDeviceAddCommand(CommandList &list)
{
    const auto options = std::make_shared<DeviceAddCommand::Options>();
    const CommandOptions command = list.add(
        "add", "Make a device known",
        "device add porch-pi pi@porch.local\n"
        "device add porch-pi pi@10.0.0.7:2222 --key ~/.ssh/pi --host-key SHA256:…",
        [options](Output &output) { return std::make_unique<DeviceAddCommand>(output, *options); });
    command.addOption("NAME", options->name, "What to call it here").required().typeName("");
    command.addOption("ADDRESS", options->address, "USER@HOST[:PORT]").required().typeName("");
    command.addOption("--key", options->keyFile, "Private key; else the agent and ~/.ssh")
        .typeName("FILE");
    command
        .addOption("--host-key", options->hostKey,
                   "Fingerprint of its host key; asked for on a terminal")
        .typeName("SHA256:...");
}

} // namespace app
