#pragma once

#include <QList>
#include <QString>

namespace device {

/// A host that the user's SSH configuration names.
struct SshConfigHost {
    QString alias;
    QString hostName; ///< Empty: the alias itself.
    QString user;
    quint16 port = 22;
};

/// ~/.ssh/config
[[nodiscard]] QString sshConfigFile();

/// The hosts that \a file and the files it includes name; patterns are rules, not hosts. Only what
/// stands in a host's own block is told: what all of the file makes of a host, ssh itself knows.
[[nodiscard]] QList<SshConfigHost> sshConfigHosts(const QString &file = sshConfigFile());

} // namespace device
