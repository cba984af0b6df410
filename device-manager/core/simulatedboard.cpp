#include "device-manager/core/simulatedboard.h"

#include "runtime-bridge/base/file.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace device {

using namespace std::chrono_literals;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr auto interval = 50ms;
constexpr double daylight = 420;      // lux, in a room at a window
constexpr double coveredShare = 0.03; // what a hand lets through
constexpr double lampLux = 20;
constexpr double noise = 0.02;
constexpr double luxPerCount = 0.833; // of a BH1750
constexpr double roomMilliCelsius = 48'000;

constexpr const char *sensorFolder = "sys/bus/iio/devices/iio:device0";
constexpr const char *sensorFile = "sys/bus/iio/devices/iio:device0/in_illuminance_raw";
constexpr const char *lampFolder = "sys/class/leds/lamp";
constexpr const char *lampFile = "sys/class/leds/lamp/brightness";
constexpr const char *thermometerFile = "sys/class/thermal/thermal_zone0/temp";
constexpr const char *controlFile = "control.json";

struct InitialFile {
    const char *path;
    const char *text;
    std::size_t size = std::strlen(text);
};

// The model ends with a NUL, as device tree strings do.
constexpr char model[] = "Raspberry Pi 4 Model B Rev 1.4 (simulated)";

const InitialFile initialFiles[] = {
    {"sys/bus/iio/devices/iio:device0/name", "bh1750\n"},
    {sensorFile, "504\n"},
    {"sys/bus/iio/devices/iio:device0/in_illuminance_scale", "0.833000\n"},
    {"sys/class/leds/lamp/max_brightness", "255\n"},
    {lampFile, "0\n"},
    {"sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"},
    {thermometerFile, "48000\n"},
    {"sys/firmware/devicetree/base/model", model, sizeof model},
};

/// Renamed into its place, so that nobody reads half a value. Not synced: it is worth nothing
/// after a power cut, and there are twenty a second.
void replaceFile(const QString &path, const QByteArray &text)
{
    const QString staged = path + QStringLiteral("~");
    QFile file(staged);
    if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size()) {
        file.close();
        std::rename(QFile::encodeName(staged).constData(), QFile::encodeName(path).constData());
    }
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(4096) : QByteArray();
}

} // namespace

SimulatedBoard::SimulatedBoard(QString folder, QObject *parent)
    : QObject(parent), m_folder(std::move(folder)), m_ambient(daylight)
{
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &SimulatedBoard::drive);
}

SimulatedBoard::~SimulatedBoard()
{
    end();
}

QString SimulatedBoard::path(const char *relative) const
{
    return m_folder + QLatin1Char('/') + QLatin1String(relative);
}

Result<> SimulatedBoard::prepare()
{
    for (const InitialFile &file : initialFiles) {
        const QString name = path(file.path);
        if (QFileInfo::exists(name))
            continue;
        if (Result<> written = runtime::writeFile(name.toStdString(), {file.text, file.size});
            !written)
            return written;
    }
    return {};
}

Result<> SimulatedBoard::begin(bool drive)
{
    end();
    m_inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (m_inotify < 0 || !follow(m_folder) || !follow(path(lampFolder)) ||
        !follow(path(sensorFolder)))
        return failure(ErrorCode::SimulatorUnavailable, m_folder.toStdString(),
                       std::string("inotify: ") + std::strerror(errno));
    m_notifier = std::make_unique<QSocketNotifier>(m_inotify, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &SimulatedBoard::onFileWritten);
    m_driving = drive;
    readControl();
    readLamp();
    if (drive)
        m_timer.start(interval);
    else
        readSensor();
    return {};
}

void SimulatedBoard::end()
{
    m_timer.stop();
    m_notifier.reset();
    if (m_inotify >= 0)
        ::close(std::exchange(m_inotify, -1));
    m_driving = false;
}

bool SimulatedBoard::follow(const QString &folder)
{
    return ::inotify_add_watch(m_inotify, QFile::encodeName(folder).constData(),
                               IN_CLOSE_WRITE | IN_MOVED_TO) >= 0;
}

void SimulatedBoard::setAmbientLux(double lux)
{
    steer(std::max(0.0, lux), m_covered);
}

void SimulatedBoard::setCovered(bool covered)
{
    steer(m_ambient, covered);
}

void SimulatedBoard::steer(double ambient, bool covered)
{
    if (ambient == m_ambient && covered == m_covered)
        return;
    m_ambient = ambient;
    m_covered = covered;
    replaceFile(path(controlFile),
                QJsonDocument(QJsonObject{{QStringLiteral("ambient_lux"), ambient},
                                          {QStringLiteral("covered"), covered}})
                    .toJson(QJsonDocument::Compact));
    if (m_driving)
        drive();
    Q_EMIT lightChanged(m_ambient, m_covered);
}

void SimulatedBoard::drive()
{
    const double share =
        double(m_random() - m_random.min()) / double(m_random.max() - m_random.min()); // 0 … 1
    const double jitter = 1 + noise * (2 * share - 1);
    const double light = m_ambient * (m_covered ? coveredShare : 1) + (m_lampOn ? lampLux : 0);
    const long count = std::lround(light * jitter / luxPerCount);
    m_lux = double(count) * luxPerCount;
    replaceFile(path(sensorFile), QByteArray::number(qlonglong(count)) + '\n');
    const double warmth = roomMilliCelsius + 20'000 * noise * (2 * share - 1);
    replaceFile(path(thermometerFile), QByteArray::number(qlonglong(warmth)) + '\n');
    Q_EMIT luxChanged(m_lux);
}

void SimulatedBoard::readControl()
{
    const QJsonObject control = QJsonDocument::fromJson(contents(path(controlFile))).object();
    const double ambient = control[QLatin1String("ambient_lux")].toDouble(m_ambient);
    const bool covered = control[QLatin1String("covered")].toBool(m_covered);
    if (ambient == m_ambient && covered == m_covered)
        return;
    m_ambient = std::max(0.0, ambient);
    m_covered = covered;
    if (m_driving)
        drive();
    Q_EMIT lightChanged(m_ambient, m_covered);
}

void SimulatedBoard::readLamp()
{
    bool isNumber = false;
    // A shell empties the file before it writes; that is not a value.
    const int brightness = contents(path(lampFile)).trimmed().toInt(&isNumber);
    if (!isNumber || (brightness > 0) == m_lampOn)
        return;
    m_lampOn = brightness > 0;
    if (m_driving)
        drive();
    Q_EMIT ledChanged(m_lampOn);
}

void SimulatedBoard::readSensor()
{
    bool isNumber = false;
    const long count = contents(path(sensorFile)).trimmed().toLong(&isNumber);
    if (!isNumber)
        return;
    m_lux = double(count) * luxPerCount;
    Q_EMIT luxChanged(m_lux);
}

void SimulatedBoard::onFileWritten()
{
    alignas(inotify_event) char buffer[4096];
    bool lamp = false;
    bool control = false;
    bool sensor = false;
    for (;;) {
        const ssize_t got = ::read(m_inotify, buffer, sizeof buffer);
        if (got <= 0)
            break;
        for (ssize_t at = 0; at < got;) {
            const auto *event = reinterpret_cast<const inotify_event *>(buffer + at);
            const std::string_view name(event->len > 0 ? event->name : "");
            lamp |= name == "brightness";
            control |= name == controlFile;
            sensor |= name == "in_illuminance_raw";
            at += ssize_t(sizeof(inotify_event) + event->len);
        }
    }
    if (control)
        readControl();
    if (lamp)
        readLamp();
    if (sensor && !m_driving)
        readSensor();
}

} // namespace device
