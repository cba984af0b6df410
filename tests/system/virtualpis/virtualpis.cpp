#include "virtualpis.h"

#include <QFileInfo>
#include <QStandardPaths>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace tests {

namespace {

constexpr int orderLimitMs = 60'000; // a wait for a Pi on a busy machine is the longest

const char *const serverFile = "/etc/ssh/sshd_config";

} // namespace

VirtualPis::VirtualPis()
{
    m_whyNot = missing();
    if (!m_whyNot.isEmpty())
        return;
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_process.start(
        QStringLiteral("unshare"),
        {QStringLiteral("--net"), QStringLiteral("--mount"), QStringLiteral("--pid"),
         QStringLiteral("--fork"), QStringLiteral("--kill-child"), QStringLiteral("--mount-proc"),
         QStringLiteral(EDGEWRIGHT_SOURCE_DIR "/tests/system/virtualpis/bench.sh"), m_folder.path(),
         QStringLiteral(EDGEWRIGHT_CABLE), QStringLiteral(EDGEWRIGHT_SOURCE_DIR)});
    QByteArray answer;
    if (!order({}, &answer))
        m_whyNot = "the bench does not start: " + answer;
}

VirtualPis::~VirtualPis()
{
    m_process.closeWriteChannel();
    if (m_process.state() != QProcess::NotRunning && !m_process.waitForFinished(5'000))
        m_process.kill();
    m_process.waitForFinished();
}

QByteArray VirtualPis::missing() const
{
    if (::geteuid() != 0)
        return "virtual Pis need root";
    const std::pair<const char *, const char *> programs[] = {
        {"avahi-daemon", "avahi-daemon"}, {"sshd", "openssh-server"},
        {"ssh-keygen", "openssh-client"}, {"ip", "iproute2"},
        {"mkfs.ext4", "e2fsprogs"},       {"openssl", "openssl"},
    };
    for (const auto &[program, package] : programs)
        if (QStandardPaths::findExecutable(QLatin1String(program)).isEmpty() &&
            QStandardPaths::findExecutable(QLatin1String(program),
                                           {QStringLiteral("/usr/sbin"), QStringLiteral("/sbin")})
                .isEmpty())
            return QByteArray("virtual Pis need the package ") + package;
    for (const char *file : {"/dev/net/tun", "/dev/loop-control"})
        if (!QFileInfo::exists(QLatin1String(file)))
            return QByteArray("virtual Pis need ") + file;
    return {};
}

bool VirtualPis::enter() const
{
    const QByteArray path = "/proc/" + QByteArray::number(m_process.processId()) + "/ns/net";
    const int space = ::open(path.constData(), O_RDONLY | O_CLOEXEC);
    const bool done = space >= 0 && ::setns(space, CLONE_NEWNET) == 0;
    ::close(space);
    return done;
}

bool VirtualPis::order(const QByteArray &line, QByteArray *answer)
{
    if (!line.isEmpty())
        m_process.write(line + '\n');
    while (!m_process.canReadLine())
        if (!m_process.waitForReadyRead(orderLimitMs))
            break;
    const QByteArray said = m_process.readLine().trimmed();
    const qsizetype space = said.indexOf(' ');
    if (answer)
        *answer = space < 0 ? QByteArray() : said.mid(space + 1);
    if (said.left(2) == "ok")
        return true;
    qWarning("bench: %s: %s", line.constData(), said.isEmpty() ? "no answer" : said.constData());
    return false;
}

bool VirtualPis::add(int pi, const QByteArray &words)
{
    QByteArray hostKey;
    if (!order("add " + QByteArray::number(pi) + ' ' + words, &hostKey))
        return false;
    m_pis[pi] = {words.contains("lan=2") ? 2 : 1, QString::fromLatin1(hostKey)};
    return true;
}

bool VirtualPis::powerOn(int pi)
{
    return order("power " + QByteArray::number(pi) + " on");
}

bool VirtualPis::powerOff(int pi)
{
    return order("power " + QByteArray::number(pi) + " off");
}

bool VirtualPis::waitReady(int pi)
{
    return order("wait " + QByteArray::number(pi));
}

bool VirtualPis::boot(int pi, const QByteArray &words)
{
    return add(pi, words) && powerOn(pi) && waitReady(pi);
}

bool VirtualPis::plug(int pi, bool in)
{
    return order("cable " + QByteArray::number(pi) + (in ? " in" : " out"));
}

bool VirtualPis::shape(int pi, const QByteArray &words)
{
    return order("shape " + QByteArray::number(pi) + ' ' + words);
}

PiOutput VirtualPis::run(int pi, const QByteArray &command)
{
    QByteArray answer;
    // A line is an order: a command of several lines comes in one.
    const QByteArray line = "echo " + command.toBase64() + " | base64 -d | sh";
    if (!order("run " + QByteArray::number(pi) + ' ' + line, &answer))
        return {};
    const QList<QByteArray> parts = answer.split(' ');
    return {parts.value(0).toInt(), QByteArray::fromBase64(parts.value(1))};
}

bool VirtualPis::serve(int pi, const QByteArray &script)
{
    // The old one must be gone before the new one can be waited for.
    const PiOutput written = run(pi, "echo " + script.toBase64() +
                                         " | base64 -d >/etc/pi/serve\n"
                                         "old=$(cat /run/serve.pid); kill $old\n"
                                         "while kill -0 $old 2>/dev/null; do sleep 0.02; done\n");
    return written.exitCode == 0 && waitReady(pi);
}

bool VirtualPis::configureServer(int pi, const QByteArray &lines)
{
    const QByteArray file = serverFile;
    const PiOutput written = run(
        pi, "[ -e " + file + ".plain ] || cp " + file + ' ' + file + ".plain\n{ echo " +
                lines.toBase64() + " | base64 -d; echo; cat " + file + ".plain; } >" + file + "\n");
    return written.exitCode == 0 && serve(pi, "exec /usr/sbin/sshd -D -e -f " + file);
}

device::Device VirtualPis::device(int pi) const
{
    device::Device device;
    device.name = QStringLiteral("pi%1").arg(pi);
    device.user = QStringLiteral("pi");
    if (const auto found = m_pis.find(pi); found != m_pis.end()) {
        device.host = address(pi, found->second.lan);
        device.hostKey = found->second.hostKey;
    }
    device.keyFile = m_folder.filePath(QStringLiteral("key"));
    return device;
}

QString VirtualPis::address(int pi, int lan)
{
    return QStringLiteral("10.%1.0.%2").arg(76 + lan).arg(10 + pi);
}

} // namespace tests
