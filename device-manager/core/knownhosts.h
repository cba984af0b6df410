#pragma once

#include <QByteArrayList>
#include <QHash>
#include <QString>
#include <QStringList>

namespace device {

/// The host keys that OpenSSH has kept in ~/.ssh/known_hosts: two names with one key are one
/// machine, and nobody has to be asked for that.
class KnownHosts final
{
public:
    explicit KnownHosts(const QString &file);

    /// "SHA256:…" of each key that \a host, a name or an address, has shown; hashed names too.
    [[nodiscard]] QStringList fingerprints(const QString &host, quint16 port = 22) const;

private:
    QByteArrayList m_lines;
    mutable QHash<QByteArray, QStringList> m_asked;
};

} // namespace device
