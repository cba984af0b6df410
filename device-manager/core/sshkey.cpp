#include "device-manager/core/sshkey.h"

#include "device-manager/core/sshlibrary.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <libssh/libssh.h>

#include <memory>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

using KeyPointer = std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)>;

Result<KeyPointer> loadOrCreate(const QByteArray &path)
{
    ssh_key key = nullptr;
    if (QFileInfo::exists(QFile::decodeName(path))) {
        if (ssh_pki_import_privkey_file(path.constData(), nullptr, nullptr, nullptr, &key) !=
            SSH_OK)
            return failure(ErrorCode::FileUnreadable, path.toStdString(), "no private key");
        return KeyPointer(key, ssh_key_free);
    }
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
        return failure(ErrorCode::Internal, path.toStdString(), "no key could be made");
    KeyPointer made(key, ssh_key_free);
    if (ssh_pki_export_privkey_file(key, nullptr, nullptr, nullptr, path.constData()) != SSH_OK)
        return failure(ErrorCode::FileUnwritable, path.toStdString());
    QFile::setPermissions(QFile::decodeName(path), QFile::ReadOwner | QFile::WriteOwner);
    return made;
}

} // namespace

Result<SshKey> openSshKey(const QString &file)
{
    useSshLibrary();
    const Result<KeyPointer> key = loadOrCreate(QFile::encodeName(file));
    if (!key)
        return tl::unexpected(key.error());
    char *base64 = nullptr;
    if (ssh_pki_export_pubkey_base64(key->get(), &base64) != SSH_OK)
        return failure(ErrorCode::Internal, file.toStdString(), "no public key");
    SshKey result{file,
                  QLatin1String(ssh_key_type_to_char(ssh_key_type(key->get()))) + QLatin1Char(' ') +
                      QLatin1String(base64),
                  fingerprintOf(key->get())};
    ssh_string_free_char(base64);
    return result;
}

} // namespace device
