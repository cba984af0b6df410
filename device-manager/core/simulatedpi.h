#pragma once

#include "device-manager/core/device.h"
#include "device-manager/core/simulatedboard.h"

#include <QLockFile>
#include <QObject>
#include <QProcess>
#include <QTimer>

#include <memory>

namespace device {

/// A Raspberry Pi for people with no hardware, and for tests: a real sshd on this computer, in its
/// own namespaces, with a home of its own, the user "pi" and the files of SimulatedBoard under
/// /sys, so that a function for a real device runs on it as it is.
///
/// Everything that runs on it ends with this object or its program, however that ends; what lies in
/// its folder stays. A second one of the same folder, in whatever program, joins the first: it
/// shows and steers the same board. Create it on a thread that outlives it.
class SimulatedPi final : public QObject
{
    Q_OBJECT

public:
    /// \a folder empty: simulated/<name> of the state folder.
    explicit SimulatedPi(QString name = QStringLiteral("simulated-pi"), QString folder = {},
                         QObject *parent = nullptr);
    ~SimulatedPi() override;

    /// Answered by started() or failed(), once.
    void start();
    /// Ends the device like a pulled power plug. No signal follows.
    void stop();
    [[nodiscard]] bool isRunning() const { return m_running; }
    /// Whether this object runs the device, rather than having joined one that runs.
    [[nodiscard]] bool isOwner() const { return m_lock != nullptr; }
    /// What to connect to. Valid once started.
    [[nodiscard]] const Device &device() const { return m_device; }

    [[nodiscard]] double ambientLux() const { return m_board.ambientLux(); }
    void setAmbientLux(double lux) { m_board.setAmbientLux(lux); }
    [[nodiscard]] bool isCovered() const { return m_board.isCovered(); }
    void setCovered(bool covered) { m_board.setCovered(covered); }
    [[nodiscard]] double lux() const { return m_board.lux(); }
    [[nodiscard]] bool isLampOn() const { return m_board.isLampOn(); }

    /// Pulls the network cable and plugs it in again: nothing arrives any more, nothing is closed,
    /// and what runs on the device goes on. Only for the owner.
    void setPlugged(bool plugged);
    [[nodiscard]] bool isPlugged() const { return m_plugged; }

Q_SIGNALS:
    void started(const device::Device &device);
    void failed(const runtime::Error &error);
    /// It ended by itself, or the program that ran it did.
    void stopped();
    void lightChanged(double ambientLux, bool covered);
    void luxChanged(double lux);
    void ledChanged(bool on);

private:
    [[nodiscard]] runtime::Result<> prepare();
    [[nodiscard]] runtime::Result<> writeServerFiles(const QString &authorizedKey);
    void launch();
    void join();
    void onOutput();
    void onFinished();
    void fail(const std::string &detail);
    void becomeRunning();

    QString m_folder;
    SimulatedBoard m_board;
    Device m_device;
    std::unique_ptr<QLockFile> m_lock;
    std::unique_ptr<QProcess> m_process;
    QByteArray m_output; ///< The end of what sshd said, for the error.
    QTimer m_startLimit, m_ownerCheck;
    bool m_running = false;
    bool m_plugged = true;
};

} // namespace device
