#pragma once

#include "device-manager/core/devicefacts.h"
#include "runtime-bridge/base/error.h"

#include <QString>

#include <functional>
#include <stop_token>

namespace device {

class SshSession;

/// What an attempt to bring a device online is doing.
enum class LinkStep { Reach, Check, Install, Start, Talk };

/// A device whose runtime runs and can be spoken to.
struct ReadyDevice {
    DeviceFacts facts;
    QString socket;        ///< The runtime's management socket there.
    QString relay;         ///< The command that relays to it.
    QString programDigest; ///< Of the runtime that is installed.
};

/// Makes a device ready: opens the session, looks at the device, installs our runtime when the one
/// there is another, and starts it. Straight-line, blocking, for a worker thread.
///
/// A runtime that is there is replaced only by one that was seen to serve on that device;
/// functions, readings and queues stay, and the runtime is away for less than a second. Else
/// ErrorCode::DeviceUpgradeFailed, and the one of before serves.
class DeviceSetup final
{
public:
    /// \a program: edgewrightd of this computer; those for devices lie beside it in
    /// devices/<machine>/, or below ../share/edgewright.
    DeviceSetup(QString device, QString program, std::function<void(LinkStep)> onStep);

    /// The device is this computer: it gets this computer's runtime.
    void setSimulated(bool simulated) { m_isSimulated = simulated; }
    /// Leaves a runtime of another build that is there as it is.
    void setKeepsOthers(bool keeps) { m_keepsOthers = keeps; }

    [[nodiscard]] runtime::Result<ReadyDevice> run(SshSession &session, std::stop_token stop);

private:
    [[nodiscard]] runtime::Result<DeviceFacts> check(SshSession &session, std::stop_token stop);
    [[nodiscard]] runtime::Result<> install(SshSession &session, DeviceFacts &facts,
                                            const std::string &program, std::stop_token stop);
    [[nodiscard]] runtime::Result<> replace(SshSession &session, DeviceFacts &facts,
                                            std::stop_token stop);
    [[nodiscard]] runtime::Result<> start(SshSession &session, DeviceFacts &facts,
                                          std::stop_token stop);
    [[nodiscard]] runtime::Result<QString> programFor(const QString &machine) const;
    [[nodiscard]] tl::unexpected<runtime::Error> unsuitable(const std::string &detail) const;

    std::string m_device;
    QString m_program;
    std::function<void(LinkStep)> m_onStep;
    bool m_isSimulated = false;
    bool m_keepsOthers = false;
};

/// edgewrightd beside this program, else in PATH.
[[nodiscard]] QString findRuntimeProgram();

} // namespace device

Q_DECLARE_METATYPE(device::LinkStep)
