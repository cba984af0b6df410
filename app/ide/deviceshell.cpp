#include "app/ide/deviceshell.h"

#include "app/ide/devicehub.h"
#include "device-manager/core/devicelink.h"
#include "device-manager/core/sshsession.h"
#include "device-manager/core/sshterminal.h"

namespace app {

using device::SshTerminal;

namespace {

constexpr int firstColumns = 80, firstRows = 24; // until a view says how large it is

} // namespace

DeviceShell::DeviceShell(DeviceHub *hub, QString device, QObject *parent)
    : QObject(parent), m_hub(hub), m_device(std::move(device)), m_screen(firstColumns, firstRows)
{
    connect(&m_screen, &device::TerminalScreen::output, this, &DeviceShell::onKeys);
    connect(m_hub, &DeviceHub::changed, this, &DeviceShell::follow);
}

DeviceShell::~DeviceShell() = default;

void DeviceShell::begin()
{
    if (m_terminal || std::exchange(m_waiting, true))
        return;
    m_hub->connectDevice(m_device);
    follow();
    if (m_waiting)
        say(tr("Waiting for %1 to come online.").arg(m_device));
}

void DeviceShell::follow()
{
    const device::DeviceLink *link = m_waiting ? m_hub->link(m_device) : nullptr;
    if (!link || !link->session())
        return;
    m_waiting = false;
    m_terminal = link->session()->openTerminal(m_screen.columns(), m_screen.rows());
    connect(m_terminal.get(), &SshTerminal::received, &m_screen, &device::TerminalScreen::write);
    connect(m_terminal.get(), &SshTerminal::exited, this, [this](int exitCode) {
        onEnd(exitCode == 0 ? tr("The shell ended.")
                            : tr("The shell ended with exit code %1.").arg(exitCode));
    });
    connect(m_terminal.get(), &SshTerminal::failed, this, [this](const runtime::Error &error) {
        onEnd(error.code == runtime::ErrorCode::DeviceUnsuitable
                  ? tr("%1 gives no terminal: %2. PermitTTY in its /etc/ssh/sshd_config must not "
                       "be \"no\".")
                        .arg(m_device, QString::fromStdString(error.detail))
                  : tr("The connection to %1 is gone, and the shell with it.").arg(m_device));
    });
}

void DeviceShell::resize(int columns, int rows)
{
    if (m_terminal)
        m_terminal->resize(columns, rows);
}

void DeviceShell::onKeys(const QByteArray &bytes)
{
    if (m_terminal)
        m_terminal->write(bytes);
    else if (bytes == "\r")
        begin();
}

void DeviceShell::onEnd(const QString &words)
{
    m_terminal.release()->deleteLater(); // this is one of its signals
    // A program that was cut off may have left its own screen, colours or a hidden cursor.
    if (m_screen.isAlternate())
        m_screen.write("\x1b[?1049l");
    m_screen.write("\x1b[0m\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?2004l");
    say(words + QLatin1Char(' ') + tr("Enter begins another."));
}

void DeviceShell::say(const QString &words)
{
    m_screen.write("\r\n" + words.toUtf8() + "\r\n");
}

} // namespace app
