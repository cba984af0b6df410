#include "app/cli/commands/deviceuninstallcommand.h"

#include "app/cli/commandlist.h"
#include "app/cli/place.h"
#include "app/cli/terminal.h"

#include <nlohmann/json.hpp>

namespace app {

using device::RuntimeHoldings;
using nlohmann::json;
using runtime::ErrorCode;
using runtime::Result;

namespace {

QString wordsFor(const RuntimeHoldings &holdings)
{
    const QString functions = holdings.functions.isEmpty()
                                  ? QStringLiteral("no functions")
                                  : QStringLiteral("its functions (%1)")
                                        .arg(holdings.functions.join(QStringLiteral(", ")));
    return holdings.readingsNotFetched == 0
               ? functions
               : functions + QStringLiteral(" and %1 readings that are not on this computer")
                                 .arg(holdings.readingsNotFetched);
}

json objectOf(const std::string &name, const RuntimeHoldings &holdings)
{
    json functions = json::array();
    for (const QString &function : holdings.functions)
        functions.push_back(function.toStdString());
    return {{"device", name},
            {"removed", holdings.isInstalled},
            {"functions", std::move(functions)},
            {"readings_not_fetched", holdings.readingsNotFetched}};
}

} // namespace

DeviceUninstallCommand::DeviceUninstallCommand(Output &output, Options options)
    : Command(output), m_options(std::move(options))
{
}

void DeviceUninstallCommand::start()
{
    const Result<device::Device> known = deviceNamed(m_options.name);
    if (!known)
        return fail(known.error());
    device::SshAsk ask;
    if (isInteractive())
        ask = askOnTerminal;
    m_removal = std::make_unique<device::RuntimeRemoval>(*known, ask);
    m_removal->look(stopToken()).then(this, [this](const Result<RuntimeHoldings> &holdings) {
        if (holdings)
            onLooked(*holdings);
        else
            fail(holdings.error());
    });
}

void DeviceUninstallCommand::onLooked(const RuntimeHoldings &holdings)
{
    if (holdings.isInstalled && !m_options.yes && !isConfirmed(holdings))
        return;
    remove(holdings);
}

bool DeviceUninstallCommand::isConfirmed(const RuntimeHoldings &holdings)
{
    const QString name = QString::fromStdString(m_options.name);
    output().note(
        QStringLiteral("The runtime of \"%1\" goes with %2.").arg(name, wordsFor(holdings)));
    if (!isInteractive()) {
        fail({ErrorCode::UsageInvalid, "edgewright device uninstall",
              "nobody can be asked here: --yes says that all of it may go"});
        return false;
    }
    const std::optional<QString> answer = askOnTerminal(
        {device::SshQuestion::Kind::Prompt, name, QStringLiteral("Remove it? (yes/no)"), false},
        stopToken());
    if (answer && answer->trimmed().toLower() == QStringLiteral("yes"))
        return true;
    output().note(QStringLiteral("Nothing was removed."));
    finish(Exit::Cancelled);
    return false;
}

void DeviceUninstallCommand::remove(const RuntimeHoldings &holdings)
{
    // Also where no program was found: an installation that was cut left something.
    m_removal->remove(stopToken()).then(this, [this, holdings](const Result<> &removed) {
        if (!removed)
            return fail(removed.error());
        if (output().isJson())
            output().json(objectOf(m_options.name, holdings));
        const QString name = QString::fromStdString(m_options.name);
        output().note(
            holdings.isInstalled
                ? QStringLiteral("The runtime of \"%1\" is removed, with %2. The device is still "
                                 "known; the next connection installs the runtime again.")
                      .arg(name, wordsFor(holdings))
                : QStringLiteral("There is no runtime on \"%1\".").arg(name));
        finish(Exit::Done);
    });
}

void addDeviceUninstallCommand(CommandList &list)
{
    const auto options = std::make_shared<DeviceUninstallCommand::Options>();
    const CommandOptions command = list.add(
        "uninstall", "Remove our runtime from a device, with all that it keeps",
        "device uninstall porch-pi\ndevice uninstall porch-pi --yes", [options](Output &output) {
            return std::make_unique<DeviceUninstallCommand>(output, *options);
        });
    command.addOption("NAME", options->name, "A known device").required().typeName("");
    command.addFlag("--yes", options->yes, "Do not ask");
}

} // namespace app
