#include "device-manager/core/devicerestart.h"

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

QString restartScript()
{
    return QStringLiteral("PATH=$PATH:/usr/sbin:/sbin\n"
                          "[ \"$(id -u)\" = 0 ] && exec reboot\n"
                          "command -v sudo >/dev/null || { echo 'there is no sudo' >&2; exit 1; }\n"
                          "exec sudo -n reboot\n");
}

Result<> restartOutcome(const QString &device, const Result<ExecResult> &done)
{
    if (!done)
        return done.error().code == ErrorCode::DeviceLost ? Result<>()
                                                          : tl::unexpected(done.error());
    if (done->exitCode <= 0) // -1: the system ended it on its way down
        return {};
    return failure(ErrorCode::DeviceUnsuitable, device.toStdString(),
                   "its user may not restart it: " + done->errorOutput.trimmed().toStdString());
}

} // namespace device
