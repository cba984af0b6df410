#pragma once

#include "device-manager/core/terminalscreen.h"
#include "runtime-bridge/base/error.h"

#include <QObject>

#include <memory>

namespace device {
class SshTerminal;
}

namespace app {

class DeviceHub;

/// A shell on a device and the screen it writes to. Begins once the device is online, connecting
/// it when it is not; when it ended, Enter begins another on the same screen.
class DeviceShell final : public QObject
{
    Q_OBJECT

public:
    /// \a hub outlives the shell.
    DeviceShell(DeviceHub *hub, QString device, QObject *parent = nullptr);
    ~DeviceShell() override;

    void begin();
    [[nodiscard]] const QString &device() const { return m_device; }
    [[nodiscard]] device::TerminalScreen &screen() { return m_screen; }
    [[nodiscard]] bool isOpen() const { return m_terminal != nullptr; }
    void resize(int columns, int rows);

private:
    void follow();
    void onKeys(const QByteArray &bytes);
    void onEnd(const QString &words);
    void say(const QString &words);

    DeviceHub *m_hub;
    QString m_device;
    device::TerminalScreen m_screen;
    std::unique_ptr<device::SshTerminal> m_terminal;
    bool m_waiting = false; ///< For the device to come online.
};

} // namespace app
