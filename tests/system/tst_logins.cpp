#include "virtualpis/virtualpis.h"

#include "device-manager/core/devicelink.h"
#include "device-manager/core/sshsession.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using device::Device;
using device::DeviceLink;
using device::SshAsk;
using device::SshQuestion;
using device::SshSession;
using runtime::ErrorCode;
using tests::VirtualPis;

/// Every way to log in, at every SSH server that a small Linux machine has.
/// Packages: openssh-server, dropbear-bin, tinysshd.
class tst_Logins : public QObject
{
    Q_OBJECT

    static constexpr int linkLimitMs = 60'000;

    std::unique_ptr<VirtualPis> m_bench;
    QTemporaryDir m_home, m_state;
    QStringList m_questions; ///< What was asked for, in order.

    void write(const QString &name, const QByteArray &text)
    {
        const QString path = m_home.filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    }

    /// Answers every question with \a answer and notes it.
    SshAsk answering(const QString &answer)
    {
        m_questions.clear();
        return [this, answer](const SshQuestion &question, const std::stop_token &) {
            const char *const kinds[] = {"passphrase", "password", "prompt"};
            m_questions << QLatin1String(kinds[int(question.kind)]) + QLatin1Char(' ') +
                               (question.text.isEmpty() ? question.subject : question.text);
            return std::optional(answer);
        };
    }

    static QString password() { return QLatin1String(VirtualPis::password); }

    /// The first Pi, by the usual keys of the home folder.
    [[nodiscard]] Device keyless(int pi = 1) const
    {
        Device device = m_bench->device(pi);
        device.keyFile.clear();
        return device;
    }

    /// Nothing: it went in and ran a command. Else why not.
    static std::optional<ErrorCode> tryOut(const Device &device, const SshAsk &ask = {},
                                           std::string *detail = nullptr)
    {
        SshSession session(device, ask);
        const auto opened = session.open(std::chrono::seconds(30)).result();
        if (!opened) {
            if (detail)
                *detail = opened.error().detail;
            return opened.error().code;
        }
        const auto told = session.exec(QStringLiteral("id -un")).result();
        if (!told || told->output != "pi\n")
            return ErrorCode::Internal;
        return std::nullopt;
    }

    static DeviceLink::Options options(const SshAsk &ask = {})
    {
        return {QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"), ask};
    }

    /// Whether a link comes online and its runtime answers.
    static void talkTo(const Device &device, const SshAsk &ask = {})
    {
        DeviceLink link(device, options(ask));
        QSignalSpy failed(&link, &DeviceLink::failed);
        link.open();
        QTRY_VERIFY_WITH_TIMEOUT(link.state() != DeviceLink::State::Connecting, linkLimitMs);
        QVERIFY2(failed.isEmpty(),
                 failed.isEmpty() ? ""
                                  : qvariant_cast<runtime::Error>(failed[0][0]).detail.c_str());
        QCOMPARE(link.state(), DeviceLink::State::Online);
        const auto functions = link.client()->functions();
        QTRY_VERIFY_WITH_TIMEOUT(functions.isFinished(), linkLimitMs);
        QVERIFY(functions.result());
    }

    static void needs(const char *program, const char *package)
    {
        if (QStandardPaths::findExecutable(QLatin1String(program)).isEmpty() &&
            QStandardPaths::findExecutable(QLatin1String(program), {QStringLiteral("/usr/sbin")})
                .isEmpty())
            QSKIP(QByteArray("the package ") + package + " is missing");
    }

    /// Serves SSH on port 22 by a program that speaks on its standard input and output.
    static QByteArray superServer(const QByteArray &command)
    {
        return "exec /usr/bin/python3 -c '\n"
               "import socket, subprocess, signal\n"
               "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
               "server = socket.create_server((\"\", 22))\n"
               "while True:\n"
               "    connection, _ = server.accept()\n"
               "    subprocess.Popen(\"exec " +
               command +
               "\", shell=True, stdin=connection, stdout=connection)\n"
               "    connection.close()\n'";
    }

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<runtime::Error>("runtime::Error");
        qputenv("HOME", m_home.path().toLocal8Bit());
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        qunsetenv("SSH_AUTH_SOCK");
        m_bench = std::make_unique<VirtualPis>();
        if (!m_bench->whyNot().isEmpty())
            QSKIP(m_bench->whyNot().constData());
        QVERIFY(m_bench->enter());
        QVERIFY(m_bench->boot(1));
    }

    void cleanup()
    {
        QDir(m_home.filePath(QStringLiteral(".ssh"))).removeRecursively();
        qunsetenv("SSH_AUTH_SOCK");
    }

    void aUsualKeyFileIsTried()
    {
        QFile key(m_bench->device(1).keyFile);
        QVERIFY(key.open(QIODevice::ReadOnly));
        write(QStringLiteral(".ssh/id_ed25519"), key.readAll());
        QCOMPARE(tryOut(keyless()), std::nullopt);
    }

    void anAgentHasTheKey()
    {
        QProcess agent;
        const QString socket = m_home.filePath(QStringLiteral("agent"));
        agent.start(QStringLiteral("ssh-agent"),
                    {QStringLiteral("-D"), QStringLiteral("-a"), socket});
        QTRY_VERIFY(QFileInfo::exists(socket));
        qputenv("SSH_AUTH_SOCK", socket.toLocal8Bit());
        QCOMPARE(tryOut(keyless()), ErrorCode::DeviceAuthRejected); // it has none yet
        QCOMPARE(QProcess::execute(QStringLiteral("ssh-add"),
                                   {QStringLiteral("-q"), m_bench->device(1).keyFile}),
                 0);
        QCOMPARE(tryOut(keyless()), std::nullopt);
        agent.kill();
        agent.waitForFinished();
        // An agent that is gone stops nobody.
        QCOMPARE(tryOut(m_bench->device(1)), std::nullopt);
        QCOMPARE(tryOut(keyless(), answering(password())), std::nullopt);
    }

    void aKeyWithAPassphraseAsksForIt()
    {
        QFile key(m_bench->device(1).keyFile);
        QVERIFY(key.open(QIODevice::ReadOnly));
        write(QStringLiteral("locked"), key.readAll());
        QCOMPARE(
            QProcess::execute(QStringLiteral("ssh-keygen"),
                              {QStringLiteral("-q"), QStringLiteral("-p"), QStringLiteral("-P"),
                               QString(), QStringLiteral("-N"), QStringLiteral("sesame"),
                               QStringLiteral("-f"), m_home.filePath(QStringLiteral("locked"))}),
            0);
        Device device = m_bench->device(1);
        device.keyFile = m_home.filePath(QStringLiteral("locked"));
        QCOMPARE(tryOut(device, answering(QStringLiteral("sesame"))), std::nullopt);
        QCOMPARE(m_questions, QStringList{QStringLiteral("passphrase ") + device.keyFile});
        QCOMPARE(tryOut(device), ErrorCode::DeviceAuthRejected);
        QCOMPARE(tryOut(device, answering(QStringLiteral("wrong"))), ErrorCode::DeviceAuthRejected);
    }

    void aPasswordIsAskedFor()
    {
        QCOMPARE(tryOut(keyless(), answering(password())), std::nullopt);
        QCOMPARE(m_questions, QStringList{QStringLiteral("password pi1")});
        std::string detail;
        QCOMPARE(tryOut(keyless(), answering(QStringLiteral("wrong")), &detail),
                 ErrorCode::DeviceAuthRejected);
        QVERIFY2(detail.find("pi@10.77.0.11") != std::string::npos, detail.c_str());
    }

    void keyboardInteractiveAsksInTheServersWords()
    {
        QVERIFY(m_bench->configureServer(1, "UsePAM yes\nKbdInteractiveAuthentication yes\n"
                                            "PasswordAuthentication no\n"));
        QCOMPARE(tryOut(keyless(), answering(password())), std::nullopt);
        QCOMPARE(m_questions, QStringList{QStringLiteral("prompt Password: ")});
        QCOMPARE(tryOut(keyless(), answering(QStringLiteral("wrong"))),
                 ErrorCode::DeviceAuthRejected);
        QVERIFY(m_bench->configureServer(1, ""));
    }

    void aPasswordIsAskedForOnceWhileTheLinkIsOpen()
    {
        DeviceLink link(keyless(), options(answering(password())));
        link.open();
        QTRY_COMPARE_WITH_TIMEOUT(link.state(), DeviceLink::State::Online, linkLimitMs);
        QVERIFY(m_bench->powerOff(1));
        QTRY_COMPARE_WITH_TIMEOUT(link.state(), DeviceLink::State::Lost, linkLimitMs);
        QVERIFY(m_bench->powerOn(1));
        QTRY_COMPARE_WITH_TIMEOUT(link.state(), DeviceLink::State::Online, linkLimitMs);
        QCOMPARE(m_questions.size(), 1);
    }

    void aServerThatForbidsForwardingIsRelayed()
    {
        QVERIFY(m_bench->configureServer(1, "AllowStreamLocalForwarding no\nAllowTcpForwarding no\n"
                                            "DisableForwarding yes\n"));
        talkTo(m_bench->device(1));
        QVERIFY(m_bench->configureServer(1, ""));
    }

    void dropbearIsADeviceToo()
    {
        needs("dropbear", "dropbear-bin");
        // The user's keys, and a host key that is kept.
        QVERIFY(m_bench->run(1, "dropbearkey -t ed25519 -f /etc/ssh/dropbear").exitCode == 0);
        QVERIFY(m_bench->serve(1, "exec dropbear -F -E -p 22 -r /etc/ssh/dropbear"));
        Device device = m_bench->device(1);
        std::string fingerprint;
        device.hostKey.clear();
        QCOMPARE(tryOut(device, {}, &fingerprint), ErrorCode::DeviceHostKeyUnknown);
        device.hostKey = QString::fromStdString(fingerprint).section(QLatin1Char(' '), 0, 0);
        QCOMPARE(tryOut(device), std::nullopt);
        Device byPassword = device;
        byPassword.keyFile.clear();
        QCOMPARE(tryOut(byPassword, answering(password())), std::nullopt);
        QCOMPARE(tryOut(byPassword, answering(QStringLiteral("wrong"))),
                 ErrorCode::DeviceAuthRejected);
        talkTo(device);
        QVERIFY(m_bench->configureServer(1, ""));
    }

    void tinysshIsToldToBeTooSmall()
    {
        needs("tinysshd", "tinysshd");
        QVERIFY(m_bench->run(1, "tinysshd-makekey /etc/ssh/tiny").exitCode == 0);
        QVERIFY(m_bench->serve(1, superServer("tinysshd /etc/ssh/tiny")));
        Device device = m_bench->device(1);
        std::string fingerprint;
        device.hostKey.clear();
        QCOMPARE(tryOut(device, {}, &fingerprint), ErrorCode::DeviceHostKeyUnknown);
        device.hostKey = QString::fromStdString(fingerprint).section(QLatin1Char(' '), 0, 0);
        std::string detail;
        QCOMPARE(tryOut(device, {}, &detail), ErrorCode::DeviceUnsuitable);
        QVERIFY2(detail.find("openssh-server") != std::string::npos, detail.c_str());
        QVERIFY(m_bench->configureServer(1, ""));
    }

    void aHostKeyIsAskedForThenKeptToThenMissed()
    {
        Device device = m_bench->device(1);
        device.hostKey.clear();
        std::string detail;
        QCOMPARE(tryOut(device, {}, &detail), ErrorCode::DeviceHostKeyUnknown);
        QCOMPARE(QString::fromStdString(detail), m_bench->device(1).hostKey);
        QCOMPARE(tryOut(m_bench->device(1)), std::nullopt);
        device.hostKey = QStringLiteral("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        QCOMPARE(tryOut(device, {}, &detail), ErrorCode::DeviceHostKeyChanged);
        QVERIFY(detail.find(m_bench->device(1).hostKey.toStdString()) != std::string::npos);
    }

    void anImpostorGetsNothing()
    {
        // The same address, another host key, and a server that writes down all it is told.
        const QByteArray log = "/run/heard.log";
        QCOMPARE(m_bench
                     ->run(1, "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/impostor\n"
                              "sed 's/host_ed25519/impostor/' /etc/ssh/sshd_config "
                              ">/etc/ssh/impostor_config")
                     .exitCode,
                 0);
        QVERIFY(m_bench->serve(1, "exec /usr/sbin/sshd -D -f /etc/ssh/impostor_config"
                                  " -o LogLevel=DEBUG3 -E " +
                                      log));
        for (const Device &device : {m_bench->device(1), keyless()}) {
            DeviceLink link(device, options(answering(password())));
            QSignalSpy failed(&link, &DeviceLink::failed);
            link.open();
            QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, linkLimitMs);
            QCOMPARE(qvariant_cast<runtime::Error>(failed[0][0]).code,
                     ErrorCode::DeviceHostKeyChanged);
            QCOMPARE(link.state(), DeviceLink::State::Offline);
        }
        QVERIFY(m_questions.isEmpty());
        const QByteArray heard = m_bench->run(1, "cat " + log).text;
        QVERIFY(heard.contains("SSH2_MSG_KEXINIT received"));
        // Not even who wants to come in.
        QVERIFY2(!heard.contains("userauth-request"), heard.constData());

        // The same server hears it all once its key is the one that is trusted.
        Device trusting = keyless();
        trusting.hostKey = QString::fromLatin1(
            m_bench->run(1, "ssh-keygen -lf /etc/ssh/impostor").text.split(' ').value(1));
        QCOMPARE(tryOut(trusting, answering(password())), std::nullopt);
        QVERIFY(m_bench->run(1, "cat " + log).text.contains("userauth-request for user pi"));
        QVERIFY(m_bench->configureServer(1, ""));
    }

    void theSshConfigurationLeadsThroughAnotherMachine()
    {
        // Pi 2 is on another network, to which Pi 1 has a way.
        QVERIFY(m_bench->boot(2, "lan=2"));
        const QString key = m_bench->device(1).keyFile;
        write(QStringLiteral(".ssh/known_hosts"),
              "10.77.0.11 " + m_bench->run(1, "cat /etc/ssh/host_ed25519.pub").text);
        write(QStringLiteral(".ssh/config"),
              "Host attic\n  HostName 10.78.0.12\n  ProxyJump pi@10.77.0.11\n"
              "Host *\n  IdentityFile " +
                  key.toUtf8() + "\n  UserKnownHostsFile " +
                  m_home.filePath(QStringLiteral(".ssh/known_hosts")).toUtf8() +
                  "\n  StrictHostKeyChecking yes\n");
        Device attic = keyless(2);
        attic.host = QStringLiteral("attic");
        QCOMPARE(tryOut(attic), std::nullopt);
        talkTo(attic);
        SshSession session(attic);
        QVERIFY(session.open(std::chrono::seconds(30)).result());
        const auto from = session.exec(QStringLiteral("echo ${SSH_CONNECTION%% *}")).result();
        QVERIFY(from);
        QCOMPARE(from->output.trimmed(), QByteArray("10.77.0.11"));

        // A machine between that refuses us says so itself.
        write(QStringLiteral(".ssh/known_hosts"), "");
        std::string detail;
        QCOMPARE(tryOut(attic, {}, &detail), ErrorCode::DeviceUnreachable);
        QVERIFY2(detail.find("Host key verification failed") != std::string::npos, detail.c_str());
    }

    void theSshConfigurationNamesAddressPortAndKey()
    {
        write(QStringLiteral(".ssh/config"), "Host porch\n  HostName 10.77.0.11\n  IdentityFile " +
                                                 m_bench->device(1).keyFile.toUtf8() + "\n");
        Device porch = keyless();
        porch.host = QStringLiteral("porch");
        QCOMPARE(tryOut(porch), std::nullopt);
        write(QStringLiteral(".ssh/config"), "Host porch\n  HostName 10.77.0.11\n  Port 1\n");
        QCOMPARE(tryOut(porch), ErrorCode::DeviceUnreachable);
        write(QStringLiteral(".ssh/config"), "Host porch\n  NoSuchWord yes\n");
        QCOMPARE(tryOut(porch), ErrorCode::DeviceUnreachable);
    }
};

QTEST_GUILESS_MAIN(tst_Logins)
#include "tst_logins.moc"
