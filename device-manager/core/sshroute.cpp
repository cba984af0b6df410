#include "device-manager/core/sshroute.h"

#include "device-manager/core/sshconfig.h"

#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QProcess>
#include <QRegularExpression>

#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

extern char **environ;

namespace device {

namespace {

constexpr int configLimitMs = 5000; // a "Match exec" may run programs
constexpr int lookAtStopMs = 50;
constexpr std::size_t complaintLimit = 4096;

/// The lines of `ssh -G`, by key.
QHash<QString, QStringList> configurationOf(const Device &device, const std::stop_token &stop)
{
    QProcess ssh;
    QStringList arguments{QStringLiteral("-F"), sshConfigFile(), QStringLiteral("-G")};
    if (device.port != 22)
        arguments << QStringLiteral("-p") << QString::number(device.port);
    if (!device.user.isEmpty())
        arguments << QStringLiteral("-l") << device.user;
    ssh.start(QStringLiteral("ssh"), arguments << QStringLiteral("--") << device.host);
    for (int waited = 0; !ssh.waitForFinished(lookAtStopMs); waited += lookAtStopMs)
        if (ssh.state() == QProcess::NotRunning || stop.stop_requested() || waited > configLimitMs)
            break;
    QHash<QString, QStringList> values;
    if (ssh.exitStatus() != QProcess::NormalExit || ssh.exitCode() != 0)
        return values;
    for (const QByteArray &line : ssh.readAllStandardOutput().split('\n')) {
        const QString text = QString::fromUtf8(line);
        values[text.section(QLatin1Char(' '), 0, 0)] << text.section(QLatin1Char(' '), 1);
    }
    return values;
}

QString inHome(QString path)
{
    if (path.startsWith(QLatin1String("~/")))
        path.replace(0, 1, QDir::homePath());
    return path;
}

/// "a,b": first a, from there b, from there the device; the last one is told to connect there.
QStringList jumpCommand(const QString &jumps, const QString &host, quint16 port)
{
    const QString last = jumps.section(QLatin1Char(','), -1);
    const QString before = jumps.section(QLatin1Char(','), 0, -2);
    QStringList command{QStringLiteral("ssh"), QStringLiteral("-F"), sshConfigFile(),
                        QStringLiteral("-o"), QStringLiteral("BatchMode=yes")};
    if (!before.isEmpty())
        command << QStringLiteral("-J") << before;
    command << QStringLiteral("-W") << QStringLiteral("[%1]:%2").arg(host).arg(port);
    return command << QStringLiteral("--") << QStringLiteral("ssh://") + last;
}

/// Whether a name may stand in the commands of an SSH configuration: the network may have told it
/// (as OpenSSH refuses others since 9.6, CVE-2023-51385).
bool isPlain(const QString &name)
{
    static const QRegularExpression plain(QStringLiteral("^[\\w.:%@+][\\w.:%@+-]*\\z"));
    return name.isEmpty() || plain.match(name).hasMatch();
}

/// The tokens of ssh_config(5) that make sense for a ProxyCommand.
QStringList shellCommand(const QString &command, const Device &device, const SshRoute &route)
{
    QString expanded;
    for (qsizetype i = 0; i < command.size(); ++i) {
        if (command[i] != QLatin1Char('%') || i + 1 == command.size()) {
            expanded += command[i];
            continue;
        }
        switch (command[++i].toLatin1()) {
        case 'h': expanded += route.host; break;
        case 'n': expanded += device.host; break;
        case 'p': expanded += QString::number(route.port); break;
        case 'r': expanded += device.user; break;
        default: expanded += command[i]; break; // "%%"
        }
    }
    return {QStringLiteral("/bin/sh"), QStringLiteral("-c"), QStringLiteral("exec ") + expanded};
}

} // namespace

SshRoute sshRouteOf(const Device &device, const std::stop_token &stop)
{
    SshRoute route{device.host, device.port, {}, {}};
    for (const char *name : {"id_ed25519", "id_ecdsa", "id_rsa"})
        route.keyFiles << QDir::homePath() + QStringLiteral("/.ssh/") + QLatin1String(name);
    // A simulated device is none that a configuration could mean.
    if (!device.simulated.isEmpty() || !isPlain(device.host) || !isPlain(device.user) ||
        !QFileInfo::exists(sshConfigFile()))
        return route;
    const QHash<QString, QStringList> values = configurationOf(device, stop);
    const auto one = [&values](const char *key) {
        const QString value = values.value(QLatin1String(key)).value(0);
        return value == QLatin1String("none") ? QString() : value;
    };
    if (const QString host = one("hostname"); !host.isEmpty())
        route.host = host;
    if (const quint16 port = one("port").toUShort(); port != 0)
        route.port = port;
    if (const QStringList files = values.value(QStringLiteral("identityfile")); !files.isEmpty()) {
        route.keyFiles.clear();
        for (const QString &file : files)
            route.keyFiles << inHome(file);
    }
    if (const QString jumps = one("proxyjump"); !jumps.isEmpty())
        route.proxy = jumpCommand(jumps, route.host, route.port);
    else if (const QString command = one("proxycommand"); !command.isEmpty())
        route.proxy = shellCommand(command, device, route);
    return route;
}

SshProxy::SshProxy(const QStringList &command)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    m_complaint = ::memfd_create("proxy", MFD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, m_complaint, STDERR_FILENO);
    std::vector<QByteArray> words;
    for (const QString &word : command)
        words.push_back(word.toLocal8Bit());
    std::vector<char *> arguments;
    for (QByteArray &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (::posix_spawnp(&m_pid, arguments[0], &actions, nullptr, arguments.data(), environ) != 0)
        m_pid = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (m_pid < 0)
        ::close(ends[0]);
    else
        m_socket = ends[0];
}

SshProxy::~SshProxy()
{
    if (m_socket >= 0)
        ::close(m_socket);
    if (m_pid > 0) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    if (m_complaint >= 0)
        ::close(m_complaint);
}

int SshProxy::takeSocket()
{
    return std::exchange(m_socket, -1);
}

std::string SshProxy::complaint() const
{
    std::array<char, complaintLimit> text;
    const ssize_t size = m_complaint < 0 ? 0 : ::pread(m_complaint, text.data(), text.size(), 0);
    return QByteArray(text.data(), std::max<qsizetype>(size, 0)).trimmed().toStdString();
}

} // namespace device
