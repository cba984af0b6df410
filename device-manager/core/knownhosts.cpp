#include "device-manager/core/knownhosts.h"

#include "device-manager/core/sshlibrary.h"

#include <QFile>

#include <libssh/libssh.h>

namespace device {

KnownHosts::KnownHosts(const QString &path)
{
    useSshLibrary();
    if (QFile file(path); file.open(QIODevice::ReadOnly))
        m_lines = file.readAll().split('\n');
}

QStringList KnownHosts::fingerprints(const QString &host, quint16 port) const
{
    QByteArray name = host.toUtf8();
    if (port != 22) // how OpenSSH writes it
        name = '[' + name + "]:" + QByteArray::number(port);
    if (const auto asked = m_asked.constFind(name); asked != m_asked.constEnd())
        return *asked;
    QStringList found;
    for (const QByteArray &line : m_lines) {
        // Only these can name it; a line "@revoked …" vouches for nothing.
        if (line.startsWith('@') || !(line.startsWith("|1|") || line.contains(name)))
            continue;
        ssh_knownhosts_entry *entry = nullptr;
        if (ssh_known_hosts_parse_line(name.constData(), line.constData(), &entry) == SSH_OK)
            found.append(fingerprintOf(entry->publickey));
        SSH_KNOWNHOSTS_ENTRY_FREE(entry);
    }
    return m_asked[name] = found;
}

} // namespace device
