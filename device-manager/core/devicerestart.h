#pragma once

#include "device-manager/core/sshsession.h"

namespace device {

/// The sh script that starts a device again, as root or by sudo without a password.
[[nodiscard]] QString restartScript();

/// Whether the script did. A session that ends meanwhile is what a restart looks like.
/// ErrorCode::DeviceUnsuitable with what the device said when it did not.
[[nodiscard]] runtime::Result<> restartOutcome(const QString &device,
                                               const runtime::Result<ExecResult> &done);

} // namespace device
