#pragma once

#include "runtime-bridge/base/error.h"

#include <QHash>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <memory>
#include <random>

namespace device {

/// The board of a simulated Raspberry Pi: a light sensor, a lamp and a thermometer as ordinary
/// files under the paths that they have on a real one, below <folder>/sys.
///
/// One program drives the board: it writes the sensor twenty times a second. Every other may steer
/// it and see it too: light and cover lie in <folder>/control.json, which all of them watch.
class SimulatedBoard final : public QObject
{
    Q_OBJECT

public:
    explicit SimulatedBoard(QString folder, QObject *parent = nullptr);
    ~SimulatedBoard() override;

    /// Makes what is missing of the files.
    [[nodiscard]] runtime::Result<> prepare();
    /// Follows the files from now on; \a drive: also writes the sensor and the thermometer.
    [[nodiscard]] runtime::Result<> begin(bool drive);
    void end();

    [[nodiscard]] double ambientLux() const { return m_ambient; }
    void setAmbientLux(double lux);
    [[nodiscard]] bool isCovered() const { return m_covered; }
    void setCovered(bool covered);

    /// What the sensor shows.
    [[nodiscard]] double lux() const { return m_lux; }
    [[nodiscard]] bool isLampOn() const { return m_lampOn; }

Q_SIGNALS:
    void lightChanged(double ambientLux, bool covered);
    void luxChanged(double lux);
    void ledChanged(bool on);

private:
    void drive();
    void steer(double ambient, bool covered);
    void readControl();
    void readLamp();
    void readSensor();
    void onFileWritten();
    bool follow(const QString &folder);
    [[nodiscard]] QString path(const char *relative) const;

    QString m_folder;
    double m_ambient;
    bool m_covered = false;
    bool m_lampOn = false;
    bool m_driving = false;
    double m_lux = 0;
    std::minstd_rand m_random{1}; ///< A fixed seed: every run shows the same noise.
    QTimer m_timer;
    int m_inotify = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace device
