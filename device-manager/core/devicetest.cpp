#include "device-manager/core/devicetest.h"

#include <QDateTime>

#include <cmath>

namespace device {

namespace {

/// Whether functions run again after the device was switched off and on.
TestPoint bootPoint(const QString &boot)
{
    using Mark = TestPoint::Mark;
    if (boot == QLatin1String("systemd") || boot == QLatin1String("cron"))
        return {"boot", Mark::Good, QStringLiteral("with the device, by ") + boot, ""};
    if (boot == QLatin1String("login"))
        return {"boot", Mark::Note, QStringLiteral("once its user logs in"),
                "The user's services may start with the device: sudo loginctl enable-linger USER."};
    return {"boot", Mark::Note, QStringLiteral("with the next connection"),
            "Functions start with the device where there is a systemd for users, or cron: apt "
            "install cron, then set the device up again."};
}

constexpr const char *sensorDenied =
    "On the device: sudo chmod a+r its file, until the next start; a udev rule always.";

TestPoint hardwarePoint(const char *name, Access access, const char *whenMissing,
                        const char *whenDenied)
{
    switch (access) {
    case Access::Usable: return {name, TestPoint::Mark::Good, QStringLiteral("usable"), ""};
    case Access::Denied:
        return {name, TestPoint::Mark::Note, QStringLiteral("not permitted"), whenDenied};
    case Access::Missing: break;
    }
    return {name, TestPoint::Mark::Note, QStringLiteral("not there"), whenMissing};
}

constexpr double clockNeverSet = 180 * 86400.0; // seconds behind

TestPoint clockPoint(const DeviceFacts &facts, std::chrono::microseconds ahead)
{
    const double off = double(ahead.count()) / 1e6;
    // Without a battery a clock begins at 1970, or at the system's release, until it is set.
    if (off < -clockNeverSet)
        return {"clock", TestPoint::Mark::Note,
                QDateTime::fromMSecsSinceEpoch(facts.clockUs / 1000, Qt::UTC)
                    .toString(QStringLiteral("yyyy-MM-dd")),
                "It was never set, and readings carry it: connect the device to the network and "
                "run timedatectl set-ntp true, or fit a clock with a battery."};
    return {"clock", std::abs(off) < 2 ? TestPoint::Mark::Good : TestPoint::Mark::Note,
            QString::number(off, 'f', 1) + QStringLiteral(" s off"),
            "Readings carry the device's time: timedatectl set-ntp true."};
}

} // namespace

QString sizeText(std::uint64_t bytes)
{
    return bytes >= (1ull << 30)
               ? QString::number(double(bytes) / double(1ull << 30), 'f', 1) + QStringLiteral(" GB")
               : QString::number(bytes >> 20) + QStringLiteral(" MB");
}

std::vector<TestPoint> deviceTest(const DeviceFacts &facts,
                                  std::optional<std::chrono::microseconds> ahead)
{
    using Mark = TestPoint::Mark;
    const auto wanted = [](bool well, Mark otherwise) { return well ? Mark::Good : otherwise; };
    std::vector<TestPoint> points{
        {"model", Mark::Good, facts.model.isEmpty() ? QStringLiteral("unknown") : facts.model, ""},
        {"system", Mark::Good, facts.os + u' ' + facts.machine, ""},
        {"memory", wanted(facts.memoryBytes >= (100ull << 20), Mark::Bad),
         sizeText(facts.memoryBytes), "A device needs about 100 MB."},
        {"disk", wanted(facts.diskFreeBytes >= (50ull << 20), Mark::Bad),
         sizeText(facts.diskFreeBytes) + QStringLiteral(" free"), "Remove what is not needed."},
        {"home", wanted(facts.homeWritable, Mark::Bad), facts.home,
         "Give the user a home folder that it may write."},
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
    if (ahead)
        points.insert(points.begin() + 5, clockPoint(facts, *ahead));
    return points;
}

} // namespace device
