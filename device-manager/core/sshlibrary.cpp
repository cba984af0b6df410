#include "device-manager/core/sshlibrary.h"

#include <libssh/libssh.h>

namespace device {

void useSshLibrary()
{
    static const int done = ssh_init();
    Q_UNUSED(done)
}

QString fingerprintOf(ssh_key_struct *key)
{
    unsigned char *hash = nullptr;
    std::size_t length = 0;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) != SSH_OK)
        return {};
    char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length);
    const QString fingerprint = QString::fromLatin1(text);
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
    return fingerprint;
}

} // namespace device
