#pragma once

#include "runtime-bridge/base/error.h"

#include <QMetaType>
#include <QString>

namespace device {

/// A Linux machine reached over SSH, as the user made it known.
struct Device {
    QString name; ///< Unique among the known devices; safe as a file name.
    QString user;
    QString host; ///< A name or an address, without brackets.
    quint16 port = 22;
    QString keyFile;   ///< Private key; empty: the agent, then the usual files of ~/.ssh.
    QString hostKey;   ///< "SHA256:…", the only host key that is accepted; empty: not known yet.
    QString simulated; ///< Folder of the simulated Raspberry Pi that this is; empty: real.

    bool operator==(const Device &) const = default;
};

/// Reads "pi@porch.local:2222", "porch.local", "pi@[fe80::1%eth0]:22" into user, host and port.
/// Without a user, this computer's; ErrorCode::UsageInvalid when it is no address.
[[nodiscard]] runtime::Result<Device> deviceFromAddress(const QString &address);

/// The address in the form that deviceFromAddress() reads; the port only where it is not 22.
[[nodiscard]] QString toAddress(const Device &device);

} // namespace device

Q_DECLARE_METATYPE(device::Device)
