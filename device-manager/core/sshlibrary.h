#pragma once

#include <QString>

struct ssh_key_struct;

namespace device {

/// Readies libssh, once in the program; to be called before anything else of it.
void useSshLibrary();

/// "SHA256:…" of a public or private key, as OpenSSH prints it.
[[nodiscard]] QString fingerprintOf(ssh_key_struct *key);

} // namespace device
