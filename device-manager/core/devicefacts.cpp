#include "device-manager/core/devicefacts.h"

#include "device-manager/core/runtimescript.h"

#include <QHash>

namespace device {

namespace {

// The machine is read from a program's ELF header (EI_DATA, e_machine): a 64-bit kernel can carry a
// 32-bit userland. One command substitution failing must not end the script.
constexpr const char *script = R"sh(
can() {
    found=missing
    for f in "$@"; do
        [ -e "$f" ] || continue
        [ "$op" "$f" ] && echo usable && return
        found=denied
    done
    echo $found
}
echo "kernel=$(uname -m)"
elf() { od -An -tx1 -j$1 -N$2 "$(readlink -f /bin/sh)" 2>/dev/null | tr -d ' \n'; }
echo "elf=$(elf 5 1)$(elf 18 2)"
echo "home=$HOME"
echo "state=${EDGEWRIGHT_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/edgewright}"
echo "model=$( (cat /sys/firmware/devicetree/base/model || cat /sys/class/dmi/id/product_name) 2>/dev/null | tr -d '\0')"
echo "os=$(sed -n 's/^PRETTY_NAME="*\([^"]*\)"*$/\1/p' /etc/os-release 2>/dev/null)"
echo "memory_kb=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo 2>/dev/null)"
echo "disk_kb=$(df -Pk "$HOME" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)"
p=/usr/bin/python3; [ -x $p ] || p=python3
echo "python=$($p --version 2>/dev/null | cut -d ' ' -f 2)"
echo "node=$(node --version 2>/dev/null)"
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)
for f in /lib/ld-musl-*.so.1; do
    [ -z "$libc" ] && [ -x "$f" ] && libc="musl $("$f" 2>&1 | sed -n 's/^Version //p')"
done
echo "libc=$libc"
echo "clock_s=$(date +%s.%N)"
[ -w "$HOME" ] && echo "writable=1"
op=-r; echo "light=$(can /sys/bus/iio/devices/iio:device*/in_illuminance_raw)"
echo "iio=$(can /sys/bus/iio/devices/iio:device*/in_*_raw /sys/bus/iio/devices/iio:device*/in_*_input)"
echo "w1=$(can /sys/bus/w1/devices/*-*/w1_slave)"
op=-w; echo "led=$(can /sys/class/leds/*/brightness)"
echo "gpio=$(can /dev/gpiochip*)"
echo "i2c=$(can /dev/i2c-*)"
echo "program=$(sha256sum "$HOME/.local/share/edgewright/edgewrightd" 2>/dev/null | cut -d ' ' -f 1)"
)sh";

Access accessFrom(const QByteArray &told)
{
    if (told == "usable")
        return Access::Usable;
    return told == "denied" ? Access::Denied : Access::Missing;
}

QString machineOf(const QByteArray &elf, const QString &kernel)
{
    // 01: little-endian; all that we build for is.
    if (elf == "013e00")
        return QStringLiteral("x86_64");
    if (elf == "01b700")
        return QStringLiteral("aarch64");
    if (elf == "012800")
        return QStringLiteral("arm");
    if (elf == "010800")
        return QStringLiteral("mipsel");
    return kernel;
}

} // namespace

QString deviceFactsScript()
{
    return QString::fromLatin1(script) + bootScript() + QStringLiteral("tell_boot\n");
}

DeviceFacts deviceFactsFrom(const QByteArray &output)
{
    QHash<QByteArray, QByteArray> values;
    for (const QByteArray &line : output.split('\n'))
        if (const qsizetype equals = line.indexOf('='); equals > 0)
            values[line.left(equals)] = line.mid(equals + 1).trimmed();
    const auto text = [&values](const char *key) { return QString::fromUtf8(values[key]); };
    DeviceFacts facts;
    facts.kernel = text("kernel");
    facts.machine = machineOf(values["elf"], facts.kernel);
    facts.home = text("home");
    facts.stateFolder = text("state");
    facts.model = text("model");
    facts.os = text("os");
    facts.python = text("python");
    facts.node = text("node").mid(text("node").startsWith(QLatin1Char('v')) ? 1 : 0);
    facts.libc = text("libc");
    facts.boot = text("boot");
    facts.memoryBytes = values["memory_kb"].toULongLong() * 1024;
    facts.diskFreeBytes = values["disk_kb"].toULongLong() * 1024;
    facts.clockUs = std::int64_t(values["clock_s"].toDouble() * 1e6);
    facts.homeWritable = values["writable"] == "1";
    facts.light = accessFrom(values["light"]);
    facts.iio = accessFrom(values["iio"]);
    facts.oneWire = accessFrom(values["w1"]);
    facts.led = accessFrom(values["led"]);
    facts.gpio = accessFrom(values["gpio"]);
    facts.i2c = accessFrom(values["i2c"]);
    if (!values["program"].isEmpty())
        facts.programDigest = QStringLiteral("sha256:") + text("program");
    return facts;
}

} // namespace device
