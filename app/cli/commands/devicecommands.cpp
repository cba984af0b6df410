#include "app/cli/commandlist.h"
#include "app/cli/commands/deviceaddcommand.h"
#include "app/cli/commands/devicegroupcommands.h"
#include "app/cli/commands/deviceuninstallcommand.h"
#include "app/cli/commands/simulatecommand.h"
#include "app/cli/runtimecommand.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/deviceregistry.h"

#include <QDateTime>

#include <nlohmann/json.hpp>

#include <chrono>

namespace app {

using device::Device;
using device::DeviceFacts;
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

/// One point of the device test.
struct Point {
    enum class Mark { Good, Note, Bad };
    const char *name;
    Mark mark;
    QString found;
    const char *remedy;
};

QString sizeText(std::uint64_t bytes)
{
    return bytes >= (1ull << 30)
               ? QString::number(double(bytes) / double(1ull << 30), 'f', 1) + QStringLiteral(" GB")
               : QString::number(bytes >> 20) + QStringLiteral(" MB");
}

/// Whether functions run again after the device was switched off and on.
Point bootPoint(const QString &boot)
{
    using Mark = Point::Mark;
    if (boot == QLatin1String("systemd") || boot == QLatin1String("cron"))
        return {"boot", Mark::Good, QStringLiteral("with the device, by ") + boot, ""};
    if (boot == QLatin1String("login"))
        return {"boot", Mark::Note, QStringLiteral("once its user logs in"),
                "The user's services may start with the device: sudo loginctl enable-linger USER."};
    return {"boot", Mark::Note, QStringLiteral("with the next connection"),
            "Functions start with the device where there is a systemd for users, or cron: apt "
            "install cron, then set the device up again."};
}

Point hardwarePoint(const char *name, device::Access access, const char *whenMissing,
                    const char *whenDenied)
{
    switch (access) {
    case device::Access::Usable: return {name, Point::Mark::Good, QStringLiteral("usable"), ""};
    case device::Access::Denied:
        return {name, Point::Mark::Note, QStringLiteral("not permitted"), whenDenied};
    case device::Access::Missing: break;
    }
    return {name, Point::Mark::Note, QStringLiteral("not there"), whenMissing};
}

constexpr double clockNeverSet = 180 * 86400.0; // seconds behind

std::vector<Point> testOf(const DeviceFacts &facts, std::int64_t nowUs)
{
    using Mark = Point::Mark;
    const auto wanted = [](bool well, Mark otherwise) { return well ? Mark::Good : otherwise; };
    const char *const sensorDenied =
        "On the device: sudo chmod a+r its file, until the next start; a udev rule always.";
    const double clockOff = double(facts.clockUs - nowUs) / 1e6;
    // Without a battery a clock begins at 1970, or at the system's release, until it is set.
    const bool wasNeverSet = clockOff < -clockNeverSet;
    const QString clockText = wasNeverSet
                                  ? QDateTime::fromMSecsSinceEpoch(facts.clockUs / 1000, Qt::UTC)
                                        .toString(QStringLiteral("yyyy-MM-dd"))
                                  : QString::number(clockOff, 'f', 1) + QStringLiteral(" s off");
    return {
        {"model", Mark::Good, facts.model.isEmpty() ? QStringLiteral("unknown") : facts.model, ""},
        {"system", Mark::Good, facts.os + u' ' + facts.machine, ""},
        {"memory", wanted(facts.memoryBytes >= (100ull << 20), Mark::Bad),
         sizeText(facts.memoryBytes), "A device needs about 100 MB."},
        {"disk", wanted(facts.diskFreeBytes >= (50ull << 20), Mark::Bad),
         sizeText(facts.diskFreeBytes) + QStringLiteral(" free"), "Remove what is not needed."},
        {"home", wanted(facts.homeWritable, Mark::Bad), facts.home,
         "Give the user a home folder that it may write."},
        {"clock", wanted(std::abs(clockOff) < 2, Mark::Note), clockText,
         wasNeverSet ? "It was never set, and readings carry it: connect the device to the network "
                       "and run timedatectl set-ntp true, or fit a clock with a battery."
                     : "Readings carry the device's time: timedatectl set-ntp true."},
        {"python", wanted(!facts.python.isEmpty(), Mark::Note), facts.python,
         "For Python functions: apt install python3."},
        {"node", wanted(!facts.node.isEmpty(), Mark::Note), facts.node,
         "For Node.js functions: apt install nodejs."},
        hardwarePoint("light sensor", facts.light,
                      "Put dtoverlay=i2c-sensor,bh1750 into /boot/firmware/config.txt and start "
                      "the device again.",
                      sensorDenied),
        hardwarePoint("iio", facts.iio,
                      "Other sensors have a dtoverlay too, as i2c-sensor,bme280: see "
                      "/boot/firmware/overlays/README on the device.",
                      sensorDenied),
        hardwarePoint("1-wire", facts.oneWire,
                      "For a DS18B20 put dtoverlay=w1-gpio into /boot/firmware/config.txt and "
                      "start the device again; its data line is GPIO 4.",
                      sensorDenied),
        hardwarePoint("led", facts.led,
                      "Put dtoverlay=gpio-led,gpio=17,label=lamp into /boot/firmware/config.txt "
                      "and start the device again.",
                      "A udev rule lets a group write below /sys/class/leds."),
        hardwarePoint("gpio", facts.gpio, "This device has no GPIO chip.",
                      "On the device: sudo usermod -aG gpio $USER, then start it again."),
        hardwarePoint("i2c", facts.i2c,
                      "On the device: sudo raspi-config nonint do_i2c 0, then start it again.",
                      "On the device: sudo usermod -aG i2c $USER, then start it again."),
        bootPoint(facts.boot),
    };
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
        const std::vector<Point> points = testOf(
            link()->facts(), std::chrono::duration_cast<std::chrono::microseconds>(now).count());
        bool suits = true;
        json list = json::array();
        for (const Point &point : points) {
            const bool isGood = point.mark == Point::Mark::Good;
            const char *word = isGood ? "ok" : point.mark == Point::Mark::Note ? "note" : "bad";
            suits = suits && point.mark != Point::Mark::Bad;
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
