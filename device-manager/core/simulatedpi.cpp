#include "device-manager/core/simulatedpi.h"

#include "device-manager/core/simulatedpiscript.h"
#include "device-manager/core/sshkey.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/statefolder.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

namespace device {

using namespace std::chrono_literals;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr auto startLimit = 10s;
constexpr auto ownerCheckInterval = 500ms;
constexpr qsizetype outputKept = 4096;

/// Binds and lets go: another program could take it in between, then sshd says so and we fail.
quint16 freePort(quint16 wanted)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    quint16 port = 0;
    for (const quint16 candidate : {wanted, quint16(0)}) {
        address.sin_port = htons(candidate);
        if (::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
            continue;
        socklen_t size = sizeof address;
        ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size);
        port = ntohs(address.sin_port);
        break;
    }
    ::close(fd);
    return port;
}

/// Every process below \a pid whose program is called \a name.
QList<pid_t> descendantsNamed(pid_t pid, const QByteArray &name)
{
    QList<pid_t> found;
    const QString tasks = QStringLiteral("/proc/%1/task").arg(pid);
    for (const QString &task : QDir(tasks).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile children(tasks + QLatin1Char('/') + task + QStringLiteral("/children"));
        if (!children.open(QIODevice::ReadOnly))
            continue;
        for (const QByteArray &text : children.readAll().simplified().split(' ')) {
            const pid_t child = text.toInt();
            if (child == 0)
                continue;
            QFile comm(QStringLiteral("/proc/%1/comm").arg(child));
            if (comm.open(QIODevice::ReadOnly) && comm.readAll().trimmed() == name)
                found.append(child);
            found += descendantsNamed(child, name);
        }
    }
    return found;
}

/// The users of this computer, with the user's own entry replaced by "pi" with a shell: accounts
/// that are locked or have no shell can have a simulated device too.
QByteArray usersOfDevice()
{
    const QByteArray ids = QByteArray::number(::getuid()) + ':' + QByteArray::number(::getgid());
    const QString shell = QFileInfo::exists(QStringLiteral("/bin/bash"))
                              ? QStringLiteral("/bin/bash")
                              : QStringLiteral("/bin/sh");
    QByteArray users = "pi:x:" + ids +
                       ":Simulated Raspberry Pi:" + QFile::encodeName(QDir::homePath()) + ':' +
                       shell.toLatin1() + '\n';
    QFile file(QStringLiteral("/etc/passwd"));
    if (file.open(QIODevice::ReadOnly))
        users += file.readAll();
    return users;
}

QJsonObject toJson(const Device &device)
{
    return {{QStringLiteral("port"), device.port},
            {QStringLiteral("host_key"), device.hostKey},
            {QStringLiteral("key_file"), device.keyFile}};
}

} // namespace

SimulatedPi::SimulatedPi(QString name, QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(folder.isEmpty()
                   ? QString::fromStdString(
                         (runtime::stateFolder() / "simulated" / name.toStdString()).string())
                   : QDir(folder).absolutePath())
    , m_board(m_folder)
{
    m_device.name = std::move(name);
    m_device.user = QStringLiteral("pi");
    m_device.host = QStringLiteral("127.0.0.1");
    m_device.simulated = m_folder;
    m_startLimit.setSingleShot(true);
    connect(&m_startLimit, &QTimer::timeout, this, [this] { fail("sshd did not get ready"); });
    connect(&m_ownerCheck, &QTimer::timeout, this, [this] {
        QLockFile lock(m_folder + QStringLiteral("/lock"));
        lock.setStaleLockTime(0);
        if (!lock.tryLock(0))
            return;
        stop();
        Q_EMIT stopped();
    });
    connect(&m_board, &SimulatedBoard::lightChanged, this, &SimulatedPi::lightChanged);
    connect(&m_board, &SimulatedBoard::luxChanged, this, &SimulatedPi::luxChanged);
    connect(&m_board, &SimulatedBoard::ledChanged, this, &SimulatedPi::ledChanged);
}

SimulatedPi::~SimulatedPi()
{
    stop();
}

void SimulatedPi::start()
{
    if (m_running || m_process)
        return;
    QDir().mkpath(m_folder);
    QFile::setPermissions(m_folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    auto lock = std::make_unique<QLockFile>(m_folder + QStringLiteral("/lock"));
    lock->setStaleLockTime(0);
    if (!lock->tryLock(0)) {
        join();
        return;
    }
    m_lock = std::move(lock);
    if (const Result<> prepared = prepare(); !prepared) {
        m_lock.reset();
        QMetaObject::invokeMethod(
            this, [this, error = prepared.error()] { Q_EMIT failed(error); }, Qt::QueuedConnection);
        return;
    }
    launch();
}

void SimulatedPi::stop()
{
    m_startLimit.stop();
    m_ownerCheck.stop();
    m_board.end();
    if (m_process) {
        // Everything on the device is in one process namespace, whose first process dies with
        // this one.
        m_process->disconnect(this);
        m_process->kill();
        m_process->waitForFinished();
        m_process.reset();
        QFile::remove(m_folder + QStringLiteral("/device.json"));
    }
    m_lock.reset();
    m_running = false;
    m_plugged = true;
}

Result<> SimulatedPi::prepare()
{
    for (const char *folder : {"home", "ssh"})
        QDir().mkpath(m_folder + QLatin1Char('/') + QLatin1String(folder));
    const Result<SshKey> hostKey = openSshKey(m_folder + QStringLiteral("/ssh/host_key"));
    if (!hostKey)
        return tl::unexpected(hostKey.error());
    const Result<SshKey> clientKey = openSshKey(m_folder + QStringLiteral("/key"));
    if (!clientKey)
        return tl::unexpected(clientKey.error());
    m_device.hostKey = hostKey->fingerprint;
    m_device.keyFile = clientKey->file;
    m_device.port = freePort(m_device.port == 22 ? quint16(0) : m_device.port);
    return m_board.prepare().and_then([&] { return writeServerFiles(clientKey->publicLine); });
}

Result<> SimulatedPi::writeServerFiles(const QString &authorizedKey)
{
    const QByteArray configuration = "Port " + QByteArray::number(m_device.port) + R"(
ListenAddress 127.0.0.1
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
PrintMotd no
UseDNS no
Subsystem sftp internal-sftp
MaxStartups 50
MaxSessions 100
)";
    const std::pair<const char *, QByteArray> files[] = {
        {"ssh/sshd_config", configuration},
        {"ssh/authorized_keys", authorizedKey.toLatin1() + '\n'},
        {"passwd", usersOfDevice()},
        // Without a password that fits, and not locked.
        {"shadow", "pi:*:20000:0:99999:7:::\n"},
    };
    for (const auto &[name, text] : files) {
        const std::string path = m_folder.toStdString() + '/' + name;
        const unsigned mode = std::string_view(name) == "passwd" ? 0644 : 0600;
        if (Result<> written = runtime::writeFile(path, text.toStdString(), mode); !written)
            return written;
    }
    return {};
}

void SimulatedPi::launch()
{
    const bool isRoot = ::geteuid() == 0;
    m_process = std::make_unique<QProcess>();
    connect(m_process.get(), &QProcess::readyReadStandardError, this, &SimulatedPi::onOutput);
    connect(m_process.get(), &QProcess::finished, this, &SimulatedPi::onFinished);
    connect(m_process.get(), &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            fail("unshare: " + m_process->errorString().toStdString());
    });
    m_process->setStandardOutputFile(QProcess::nullDevice());
    m_process->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_output.clear();
    m_startLimit.start(startLimit);
    const QString space = isRoot ? QStringLiteral("-mpu") : QStringLiteral("-Urmpu");
    m_process->start(QStringLiteral("unshare"),
                     {space, QStringLiteral("--fork"), QStringLiteral("--kill-child"),
                      QStringLiteral("/bin/sh"), QStringLiteral("-c"),
                      QString::fromLatin1(simulatedPiScript), m_device.name, m_folder,
                      QDir::homePath(), QString::number(::getuid()), QString::number(::getgid())});
}

void SimulatedPi::join()
{
    QFile file(m_folder + QStringLiteral("/device.json"));
    if (!file.open(QIODevice::ReadOnly)) {
        // The owner is about to start, or to end; its file says when it runs.
        QTimer::singleShot(ownerCheckInterval, this, [this] { start(); });
        return;
    }
    const QJsonObject json = QJsonDocument::fromJson(file.readAll()).object();
    m_device.port = quint16(json[QLatin1String("port")].toInt());
    m_device.hostKey = json[QLatin1String("host_key")].toString();
    m_device.keyFile = json[QLatin1String("key_file")].toString();
    m_ownerCheck.start(ownerCheckInterval);
    QMetaObject::invokeMethod(this, &SimulatedPi::becomeRunning, Qt::QueuedConnection);
}

void SimulatedPi::onOutput()
{
    m_output += m_process->readAllStandardError();
    if (!m_running && m_output.contains("Server listening on"))
        becomeRunning();
    if (m_output.size() > 2 * outputKept)
        m_output = m_output.right(outputKept);
}

void SimulatedPi::becomeRunning()
{
    if (const Result<> begun = m_board.begin(isOwner()); !begun) {
        fail(begun.error().detail);
        return;
    }
    m_startLimit.stop();
    m_running = true;
    if (isOwner())
        (void)runtime::writeFile(m_folder.toStdString() + "/device.json",
                                 QJsonDocument(toJson(m_device)).toJson().toStdString(), 0600);
    Q_EMIT started(m_device);
}

void SimulatedPi::onFinished()
{
    const bool wasRunning = m_running;
    m_output += m_process->readAllStandardError();
    if (!wasRunning) {
        fail(m_output.trimmed().toStdString());
        return;
    }
    m_process.release()->deleteLater(); // inside its own signal
    stop();
    Q_EMIT stopped();
}

void SimulatedPi::fail(const std::string &detail)
{
    if (m_process) {
        m_process->disconnect(this);
        m_process->kill();
        m_process.release()->deleteLater(); // inside its own signal
    }
    stop();
    Q_EMIT failed({ErrorCode::SimulatorUnavailable, m_device.name.toStdString(),
                   detail + "\n(Functions run on this computer and on real devices without it.)"});
}

void SimulatedPi::setPlugged(bool plugged)
{
    if (!m_process || plugged == m_plugged)
        return;
    m_plugged = plugged;
    for (const pid_t pid : descendantsNamed(pid_t(m_process->processId()), "sshd"))
        ::kill(pid, plugged ? SIGCONT : SIGSTOP);
}

} // namespace device
