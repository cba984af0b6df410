#include "app/cli/commandlist.h"
#include "app/cli/commands/deviceaddcommand.h"
#include "app/cli/commands/devicegroupcommands.h"
#include "app/cli/commands/deviceuninstallcommand.h"
#include "app/cli/commands/simulatecommand.h"
#include "app/cli/runtimecommand.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/deviceregistry.h"
#include "device-manager/core/devicetest.h"

#include <nlohmann/json.hpp>

#include <chrono>

namespace app {

using device::Device;
using device::DeviceFacts;
using device::sizeText;
using device::TestPoint;
using nlohmann::json;
using runtime::Result;

namespace {

json objectOf(const Device &device)
{
    return {{"name", device.name.toStdString()},
            {"address", device::toAddress(device).toStdString()},
            {"key_file", device.keyFile.toStdString()},
            {"host_key", device.hostKey.toStdString()},
            {"simulated", !device.simulated.isEmpty()}};
}

Result<Exit> listDevices(Output &output)
{
    device::DeviceRegistry registry;
    if (const Result<> loaded = registry.load(); !loaded)
        return tl::unexpected(loaded.error());
    if (output.isJson()) {
        json list = json::array();
        for (const Device &device : registry.devices()) {
            json object = objectOf(device);
            object["groups"] = json::array();
            for (const QString &group : registry.groupsOf(device.name))
                object["groups"].push_back(group.toStdString());
            list.push_back(std::move(object));
        }
        output.json(list);
        return Exit::Done;
    }
    std::vector<QStringList> rows;
    for (const Device &device : registry.devices())
        rows.push_back({device.name, device::toAddress(device),
                        device.simulated.isEmpty() ? device.hostKey : QStringLiteral("simulated"),
                        registry.groupsOf(device.name).join(QStringLiteral(", "))});
    output.table(
        {QStringLiteral("NAME"), QStringLiteral("ADDRESS"), QStringLiteral("HOST KEY"),
         QStringLiteral("GROUPS")},
        rows,
        QStringLiteral("No device is known yet. Add one with \"edgewright device add\", or "
                       "start \"edgewright device simulate\"."));
    return Exit::Done;
}

Result<Exit> removeDevice(Output &output, const std::string &name)
{
    device::DeviceRegistry registry;
    if (const Result<> loaded = registry.load(); !loaded)
        return tl::unexpected(loaded.error());
    if (const Result<> removed = registry.remove(QString::fromStdString(name)); !removed)
        return tl::unexpected(removed.error());
    if (output.isJson())
        output.json(json{{"removed", name}});
    output.note(QStringLiteral("\"%1\" is forgotten here; what runs on it goes on "
                               "(\"edgewright device uninstall\" ends that).")
                    .arg(QString::fromStdString(name)));
    return Exit::Done;
}

/// Brings a device online, which installs our runtime there when it is missing, and tells of it.
class DeviceCommand final : public RuntimeCommand
{
public:
    enum class What { Info, Test, Setup };

    DeviceCommand(Output &output, What what, std::string name)
        : RuntimeCommand(output), m_what(what), m_name(std::move(name))
    {
    }

    void start() override
    {
        const Result<Device> device = deviceNamed(m_name);
        if (!device)
            return fail(device.error());
        connectTo({Place::Kind::Device, m_name, *device, {}});
    }

private:
    void onReady(runtime::Client &client) override
    {
        switch (m_what) {
        case What::Info:
            client.functions().then(
                this, [this](const Result<std::vector<runtime::FunctionState>> &functions) {
                    if (functions)
                        showInfo(*functions);
                    else
                        fail(functions.error());
                });
            return;
        case What::Test: return showTest();
        case What::Setup: return showSetup(client.hello());
        }
    }

    void showInfo(const std::vector<runtime::FunctionState> &functions)
    {
        const DeviceFacts &facts = link()->facts();
        const runtime::Hello &hello = client()->hello();
        json list = json::array();
        for (const runtime::FunctionState &state : functions)
            list.push_back({{"name", state.spec.name},
                            {"bundle", state.bundle},
                            {"version", state.version},
                            {"condition", runtime::wireName(state.condition)},
                            {"armed", state.armed},
                            {"invocations", state.invocations},
                            {"failures", state.failures}});
        if (output().isJson()) {
            json object = objectOf(link()->device());
            object.update({{"model", facts.model.toStdString()},
                           {"os", facts.os.toStdString()},
                           {"machine", facts.machine.toStdString()},
                           {"memory_bytes", facts.memoryBytes},
                           {"disk_free_bytes", facts.diskFreeBytes},
                           {"python", facts.python.toStdString()},
                           {"node", facts.node.toStdString()},
                           {"runtime_version", hello.version},
                           {"runtime_folder", link()->runtimeFolder().toStdString()},
                           {"functions", std::move(list)}});
            output().json(object);
            return finish(Exit::Done);
        }
        output().line(link()->device().name + QStringLiteral("  ") +
                      device::toAddress(link()->device()));
        output().line(QStringLiteral("  %1, %2, %3").arg(facts.model, facts.os, facts.machine));
        output().line(QStringLiteral("  %1 memory, %2 free on disk")
                          .arg(sizeText(facts.memoryBytes), sizeText(facts.diskFreeBytes)));
        output().line(QStringLiteral("  runtime %1 in %2")
                          .arg(QString::fromStdString(hello.version), link()->runtimeFolder()));
        for (const runtime::FunctionState &state : functions)
            output().line(
                QStringLiteral("  %1  version %2  %3  %4 invocations, %5 failed")
                    .arg(QString::fromStdString(state.spec.name))
                    .arg(state.version)
                    .arg(QString::fromStdString(std::string(runtime::wireName(state.condition))))
                    .arg(state.invocations)
                    .arg(state.failures));
        finish(Exit::Done);
    }

    void showTest()
    {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const DeviceFacts &facts = link()->facts();
        const std::vector<TestPoint> points = device::deviceTest(
            facts, std::chrono::microseconds(facts.clockUs) -
                       std::chrono::duration_cast<std::chrono::microseconds>(now));
        bool suits = true;
        json list = json::array();
        for (const TestPoint &point : points) {
            const bool isGood = point.mark == TestPoint::Mark::Good;
            const char *word = isGood ? "ok" : point.mark == TestPoint::Mark::Note ? "note" : "bad";
            suits = suits && point.mark != TestPoint::Mark::Bad;
            list.push_back({{"name", point.name},
                            {"mark", word},
                            {"found", point.found.toStdString()},
                            {"remedy", isGood ? "" : point.remedy}});
            if (!output().isJson())
                output().line(
                    QStringLiteral("%1  %2 %3%4")
                        .arg(QString::fromUtf8(word).leftJustified(4),
                             QString::fromUtf8(point.name).leftJustified(13), point.found,
                             isGood ? QString()
                                    : QStringLiteral(". ") + QString::fromUtf8(point.remedy)));
        }
        if (output().isJson())
            output().json(list);
        finish(suits ? Exit::Done : Exit::Failed);
    }

    void showSetup(const runtime::Hello &hello)
    {
        if (output().isJson())
            output().json(json{{"device", m_name},
                               {"runtime_version", hello.version},
                               {"program", hello.program}});
        else
            output().line(
                QStringLiteral("%1  runtime %2")
                    .arg(QString::fromStdString(m_name), QString::fromStdString(hello.version)));
        finish(Exit::Done);
    }

    What m_what;
    std::string m_name;
};

void addNamed(CommandList &list, const char *name, const char *description, const char *example,
              DeviceCommand::What what)
{
    const auto device = std::make_shared<std::string>();
    list.add(name, description, example,
             [device, what](Output &output) {
                 return std::make_unique<DeviceCommand>(output, what, *device);
             })
        .addOption("NAME", *device, "A known device")
        .required()
        .typeName("");
}

} // namespace

void addDeviceCommands(CommandList &list)
{
    using What = DeviceCommand::What;
    list.add("devices", "The known devices", "devices --json", immediate(listDevices));
    CommandList group = list.group("device", "Make a device known, look at it, or simulate one");
    addDeviceAddCommand(group);
    addNamed(group, "info", "What a device is and what runs on it", "device info porch-pi",
             What::Info);
    addNamed(group, "test", "Whether a device has what functions need", "device test porch-pi",
             What::Test);
    addNamed(group, "setup", "Install or upgrade our runtime on a device", "device setup porch-pi",
             What::Setup);
    addDeviceUninstallCommand(group);
    addDeviceGroupCommands(group);
    const auto name = std::make_shared<std::string>();
    group
        .add("remove", "Forget a device", "device remove porch-pi",
             immediate([name](Output &output) { return removeDevice(output, *name); }))
        .addOption("NAME", *name, "A known device")
        .required()
        .typeName("");
    group.add("simulate", "Run a simulated Raspberry Pi until Ctrl+C", "device simulate",
              [](Output &output) { return std::make_unique<SimulateCommand>(output); });
}

} // namespace app
