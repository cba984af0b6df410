#include "runtime-bridge/daemon/triggers/sensorfile.h"

#include "runtime-bridge/daemon/descriptor.h"
#include "runtime-bridge/daemon/log.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace runtime {

namespace fs = std::filesystem;

namespace {

using Channels = std::vector<SensorChannel>;

constexpr std::size_t mostListed = 12;

// Units of the kernel's ABI: Documentation/ABI/testing/sysfs-bus-iio, hwmon/sysfs-interface.rst.
struct Measured {
    std::string_view kind;
    std::string_view what;
    const char *unit;
    double divisor; ///< Of what the driver tells, to have the unit.
};
constexpr std::array measures{Measured{"iio", "illuminance", "lx", 1},
                              Measured{"iio", "temp", "°C", 1000},
                              Measured{"iio", "humidityrelative", "%", 1000},
                              Measured{"iio", "pressure", "kPa", 1},
                              Measured{"iio", "voltage", "V", 1000},
                              Measured{"iio", "current", "A", 1000},
                              Measured{"iio", "power", "W", 1000},
                              Measured{"iio", "resistance", "Ω", 1},
                              Measured{"iio", "accel", "m/s²", 1},
                              Measured{"iio", "anglvel", "rad/s", 1},
                              Measured{"iio", "magn", "G", 1},
                              Measured{"iio", "distance", "m", 1},
                              Measured{"iio", "concentration", "%", 1},
                              Measured{"hwmon", "temp", "°C", 1000},
                              Measured{"hwmon", "in", "V", 1000},
                              Measured{"hwmon", "curr", "A", 1000},
                              Measured{"hwmon", "power", "W", 1'000'000},
                              Measured{"hwmon", "energy", "J", 1'000'000},
                              Measured{"hwmon", "humidity", "%", 1000},
                              Measured{"hwmon", "fan", "rpm", 1},
                              Measured{"thermal", "", "°C", 1000},
                              Measured{"w1", "", "°C", 1000}};

struct Absence {
    std::string_view kind;
    const char *words; ///< When there is no device of that kind at all.
};
constexpr std::array absences{
    Absence{"iio", "there is no IIO device; for a light sensor BH1750 put "
                   "dtoverlay=i2c-sensor,bh1750 into /boot/firmware/config.txt and start the "
                   "device again"},
    Absence{"hwmon", "there is no hwmon chip; the sensor's kernel module is not loaded"},
    Absence{"thermal", "there is no thermal zone"},
    Absence{"w1", "there is no 1-wire sensor; put dtoverlay=w1-gpio into /boot/firmware/config.txt "
                  "and start the device again; its data line is GPIO 4, with 4.7 kΩ to 3.3 V"}};

/// What a file below /sys has, without its line's end.
Result<std::string> sysText(const fs::path &file)
{
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> buffer;
    const ssize_t size = opened.isOpen() ? ::read(opened.get(), buffer.data(), buffer.size()) : -1;
    if (size < 0) {
        std::string words = file.string() + ": " + std::strerror(errno);
        if (errno == EACCES)
            words += "; sudo chmod a+r " + file.string() +
                     " lets it be read until the next start, a udev rule always";
        return failure(ErrorCode::FileUnreadable, file.string(), words);
    }
    std::string text(buffer.data(), std::size_t(size));
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

std::string sysTextOrNone(const fs::path &file)
{
    return sysText(file).value_or(std::string());
}

std::optional<double> numberIn(const std::string &text)
{
    char *end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end || !std::isfinite(number))
        return std::nullopt;
    return number;
}

/// Names in \a folder that begin with \a prefix, sorted.
std::vector<std::string> namesIn(const fs::path &folder, std::string_view prefix = {})
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (std::string name = it->path().filename().string(); name.starts_with(prefix))
            names.push_back(std::move(name));
    std::ranges::sort(names, [](const std::string &a, const std::string &b) {
        return ::strverscmp(a.c_str(), b.c_str()) < 0; // hwmon10 comes after hwmon9
    });
    return names;
}

/// The channels of one folder: files with \a prefix and one of \a ends about their names.
void addChannels(Channels &channels, const fs::path &folder, std::string_view prefix,
                 std::initializer_list<std::string_view> ends)
{
    const std::string device = sysTextOrNone(folder / "name");
    for (const std::string &file : namesIn(folder, prefix))
        for (const std::string_view end : ends) {
            if (!file.ends_with(end) || file.size() <= prefix.size() + end.size())
                continue;
            std::string name = file.substr(prefix.size(), file.size() - prefix.size() - end.size());
            // Where there are both, "_input" comes first and is in the unit already.
            if (!channels.empty() && channels.back().name == name &&
                channels.back().file.parent_path() == folder)
                continue;
            std::string label = sysTextOrNone(folder / (std::string(prefix) + name + "_label"));
            channels.push_back({device, std::move(name), std::move(label), folder / file});
        }
}

Channels channelsOf(std::string_view kind, const fs::path &sys)
{
    Channels channels;
    if (kind == "iio") {
        const fs::path all = sys / "bus/iio/devices";
        for (const std::string &name : namesIn(all, "iio:device"))
            addChannels(channels, all / name, "in_", {"_input", "_raw"});
    } else if (kind == "hwmon") {
        for (const std::string &name : namesIn(sys / "class/hwmon", "hwmon"))
            addChannels(channels, sys / "class/hwmon" / name, "", {"_input"});
    } else if (kind == "thermal") {
        const fs::path all = sys / "class/thermal";
        for (const std::string &name : namesIn(all, "thermal_zone"))
            channels.push_back({name, sysTextOrNone(all / name / "type"), {}, all / name / "temp"});
    } else {
        const fs::path all = sys / "bus/w1/devices";
        for (const std::string &name : namesIn(all))
            for (const char *file : {"temperature", "w1_slave"})
                if (fs::path path = all / name / file; ::access(path.c_str(), F_OK) == 0) {
                    channels.push_back({name, name, {}, std::move(path)});
                    break;
                }
    }
    return channels;
}

std::string_view measuredBy(const SensorChannel &channel)
{
    const std::string_view name = channel.name;
    return name.substr(0, std::min(name.find_first_of("0123456789_-"), name.size()));
}

/// What the files "in_<channel>_<what>" of an IIO device say: of the channel, of all like it, of
/// all that measure the same.
std::optional<double> iioNumber(const SensorChannel &channel, const char *what)
{
    std::string alike = channel.name;
    std::erase_if(alike, [](char c) { return c >= '0' && c <= '9'; });
    for (const std::string &name : {channel.name, alike, std::string(measuredBy(channel))})
        if (const auto number =
                numberIn(sysTextOrNone(channel.file.parent_path() / ("in_" + name + '_' + what))))
            return number;
    return std::nullopt;
}

/// "28-*" is whichever of them is there.
bool isMeant(const std::string &given, const std::string &name)
{
    return given.ends_with('*') ? name.starts_with(given.substr(0, given.size() - 1))
                                : name == given;
}

/// Of a 1-wire sensor's two lines: "… crc=57 YES", "… t=23125". Empty: the bus garbled them.
std::string w1Number(const std::string &text)
{
    const std::size_t at = text.find("t=");
    return text.find("YES") == std::string::npos || at == std::string::npos ? std::string()
                                                                            : text.substr(at + 2);
}

/// Without the noise of binary fractions.
double rounded(double number)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", number);
    return std::strtod(text, nullptr);
}

} // namespace

SensorFile::SensorFile(SensorTrigger trigger, fs::path sys)
    : m_trigger(std::move(trigger)), m_sys(std::move(sys))
{
}

Result<SensorChannel> SensorFile::find() const
{
    const Channels channels = channelsOf(m_trigger.kind, m_sys);
    std::string list;
    std::size_t count = 0;
    for (const SensorChannel &channel : channels) {
        const bool isWanted = m_trigger.kind == "w1" ? isMeant(m_trigger.channel, channel.name)
                                                     : channel.name == m_trigger.channel ||
                                                           channel.label == m_trigger.channel ||
                                                           channel.name == m_trigger.channel + '0';
        if (isWanted && (m_trigger.device.empty() || m_trigger.device == channel.device))
            return channel;
        if (++count <= mostListed)
            list += (list.empty() ? "" : ", ") + channel.name +
                    (channel.label.empty() ? "" : " (" + channel.label + ')') +
                    (channel.device == channel.name ? "" : " of " + channel.device);
    }
    std::string words;
    if (channels.empty())
        words =
            std::ranges::find(absences, std::string_view(m_trigger.kind), &Absence::kind)->words;
    else
        words = "there is no " + m_trigger.kind + " sensor \"" + m_trigger.channel + '"' +
                (m_trigger.device.empty() ? "" : " of \"" + m_trigger.device + '"') +
                "; there are " + list + (count > mostListed ? ", …" : "");
    return failure(ErrorCode::FileUnreadable, m_trigger.channel, words);
}

Result<SensorValue> SensorFile::read()
{
    if (!m_found) {
        Result<SensorChannel> found = find();
        if (!found)
            return tl::unexpected(found.error());
        m_found = std::move(*found);
    }
    const SensorChannel channel = *m_found;
    const Result<std::string> text = sysText(channel.file);
    if (!text) {
        m_found.reset(); // it may come back under another number
        if (::access(channel.file.c_str(), F_OK) == 0)
            return tl::unexpected(text.error());
        const Result<SensorChannel> again = find();
        return tl::unexpected(again ? text.error() : again.error());
    }
    const std::string file = channel.file.filename().string();
    const std::optional<double> raw = numberIn(file == "w1_slave" ? w1Number(*text) : *text);
    if (!raw)
        return failure(ErrorCode::FileUnreadable, channel.file.string(),
                       channel.file.string() +
                           " has no number; the sensor or its wires are faulty");
    double value = *raw;
    if (file.ends_with("_raw"))
        value = (value + iioNumber(channel, "offset").value_or(0)) *
                iioNumber(channel, "scale").value_or(1);
    const bool hasOne = m_trigger.kind == "thermal" || m_trigger.kind == "w1";
    const auto measured = std::ranges::find_if(measures, [&](const Measured &one) {
        return one.kind == m_trigger.kind && (hasOne || one.what == measuredBy(channel));
    });
    SensorValue told{channel.name, channel.device, value, {}, *raw, nowUs()};
    if (measured != measures.end()) {
        told.unit = measured->unit;
        told.value /= measured->divisor;
    }
    told.value = rounded(told.value);
    return told;
}

} // namespace runtime
