#pragma once

#include "runtime-bridge/base/error.h"

#include <QString>

namespace device {

/// A key pair in files: the private one for its owner alone, the public one beside it with ".pub".
struct SshKey {
    QString file;
    QString publicLine;  ///< As authorized_keys wants it.
    QString fingerprint; ///< "SHA256:…"
};

/// The Ed25519 key in \a file; made when there is none.
[[nodiscard]] runtime::Result<SshKey> openSshKey(const QString &file);

} // namespace device
