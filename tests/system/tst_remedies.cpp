#include "virtualpis/pifunction.h"
#include "virtualpis/virtualpis.h"

#include "app/errors/usermessage.h"
#include "device-manager/core/deviceregistry.h"
#include "device-manager/core/pusher.h"

#include <QProcess>
#include <QSignalSpy>

using app::UserMessage;
using device::Device;
using device::DeviceLink;
using device::Pusher;
using device::SshQuestion;
using runtime::Error;
using runtime::ErrorCode;
using tests::awaitResult;
using tests::bringOnline;
using tests::PiFunction;
using tests::VirtualPis;

/// What goes wrong on real machines has its own words and its own remedy. Each on a Pi that has
/// nothing of ours yet.
class tst_Remedies : public QObject
{
    Q_OBJECT

    static constexpr int limitMs = 90'000;

    std::unique_ptr<VirtualPis> m_bench;
    QTemporaryDir m_home, m_state;
    QSet<QString> m_advice; ///< Of every failure so far.
    int m_pi = 0;

    /// Why the device does not come online.
    static Error errorOf(const Device &device, const device::SshAsk &ask = {})
    {
        DeviceLink::Options options = tests::testOptions();
        options.ask = ask;
        DeviceLink link(device, options);
        QSignalSpy failed(&link, &DeviceLink::failed);
        link.open();
        (void)QTest::qWaitFor(
            [&] { return !failed.isEmpty() || link.state() == DeviceLink::State::Online; },
            limitMs);
        return failed.isEmpty() ? Error{ErrorCode::Internal, "test", "it came online"}
                                : qvariant_cast<Error>(failed[0][0]);
    }

    /// That \a error is told with \a remedy, and that no other failure is told alike.
    void verifyTold(const Error &error, ErrorCode code, const char *remedy)
    {
        QVERIFY2(error.code == code, error.detail.c_str());
        const UserMessage message = app::describe(error);
        QVERIFY2(message.text.contains(QLatin1String(remedy)), qPrintable(message.text));
        QVERIFY(!message.title.isEmpty());
        QVERIFY2(!m_advice.contains(message.text), qPrintable(message.text));
        m_advice.insert(message.text);
    }

    /// Does what root does on the Pi.
    void prepare(const QByteArray &command)
    {
        const tests::PiOutput output = m_bench->run(m_pi, command);
        QVERIFY2(output.exitCode == 0, output.text.constData());
    }

    static Error pushError(const Device &device, const PiFunction &function)
    {
        DeviceLink link(device, tests::testOptions());
        if (!bringOnline(link))
            return {ErrorCode::Internal, "test", "it does not come online"};
        Pusher pusher(&link);
        const auto pushed = awaitResult(pusher.push(function.function()));
        if (!pushed)
            return pushed.error();
        return pushed->error.value_or(Error{ErrorCode::Internal, "test", "it was pushed"});
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
    }

    void init() { QVERIFY(m_bench->boot(++m_pi)); }
    void cleanup()
    {
        if (m_pi > 0)
            QVERIFY(m_bench->powerOff(m_pi));
    }

    void aWrongPassword()
    {
        Device device = m_bench->device(m_pi);
        device.keyFile.clear();
        verifyTold(errorOf(device,
                           [](const SshQuestion &, const std::stop_token &) {
                               return std::optional(QStringLiteral("wrong"));
                           }),
                   ErrorCode::DeviceAuthRejected, "did not accept the password");
    }

    void aKeyThatIsNotAuthorized()
    {
        prepare("rm /home/pi/.ssh/authorized_keys");
        verifyTold(errorOf(m_bench->device(m_pi)), ErrorCode::DeviceAuthRejected, "ssh-copy-id");
    }

    void aFullDisk()
    {
        prepare("dd if=/dev/zero of=/home/pi/full bs=1M 2>/dev/null; df /home/pi");
        verifyTold(errorOf(m_bench->device(m_pi)), ErrorCode::DeviceDiskFull, "Remove what is not");
        // Once there is space, it goes.
        prepare("rm /home/pi/full");
        DeviceLink link(m_bench->device(m_pi), tests::testOptions());
        QVERIFY(bringOnline(link));
    }

    void aDiskThatAPushFills()
    {
        const PiFunction function;
        function.writeAnswer(1);
        DeviceLink link(m_bench->device(m_pi), tests::testOptions());
        QVERIFY(bringOnline(link));
        Pusher pusher(&link);
        const auto small = awaitResult(pusher.push(function.function()));
        QVERIFY2(small && !small->error, small ? "" : small.error().detail.c_str());
        prepare("dd if=/dev/zero of=/home/pi/full bs=1M 2>/dev/null; df /home/pi");
        function.writeAnswer(2);
        function.writeFile(QStringLiteral("model.bin"), QByteArray(4 << 20, 'm'));
        const auto large = awaitResult(pusher.push(function.function()));
        QVERIFY(!large || large->error);
        const Error error = large ? *large->error : large.error();
        QVERIFY2(error.code == ErrorCode::DeviceDiskFull, error.detail.c_str());
        QCOMPARE(tests::answerOf(link), std::string("{\"value\":1}")); // the old one serves
    }

    void aHomeThatCannotBeWritten()
    {
        prepare("mount -o remount,bind,ro /home/pi");
        verifyTold(errorOf(m_bench->device(m_pi)), ErrorCode::DeviceUnsuitable, "remount,rw");
    }

    void aMachineOfAnotherKind()
    {
        // As a 64-bit SPARC would tell.
        prepare("printf '#!/bin/sh\\necho 2b\\n' >/usr/local/bin/od\n"
                "printf '#!/bin/sh\\necho sparc64\\n' >/usr/local/bin/uname\n"
                "chmod 755 /usr/local/bin/od /usr/local/bin/uname");
        verifyTold(errorOf(m_bench->device(m_pi)), ErrorCode::DeviceUnsuitable, "of another kind");
    }

    void aServerThatRunsNoCommands()
    {
        QVERIFY(m_bench->configureServer(m_pi, "ForceCommand internal-sftp"));
        verifyTold(errorOf(m_bench->device(m_pi)), ErrorCode::DeviceUnsuitable, "ForceCommand");
    }

    void noPython()
    {
        prepare("rm -f /usr/bin/python3 /usr/bin/python3.*");
        const PiFunction function;
        function.writeAnswer(1);
        verifyTold(pushError(m_bench->device(m_pi), function), ErrorCode::InterpreterMissing,
                   "Install the language");
    }

    void aClockThatWasNeverSet()
    {
        prepare("printf '#!/bin/sh\\necho 12.0\\n' >/usr/local/bin/date\n"
                "chmod 755 /usr/local/bin/date");
        device::DeviceRegistry registry;
        QVERIFY(registry.save(m_bench->device(m_pi)));
        QProcess program;
        program.start(
            QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewright"),
            {QStringLiteral("device"), QStringLiteral("test"), m_bench->device(m_pi).name});
        QVERIFY(program.waitForFinished(limitMs));
        const QByteArray told = program.readAllStandardOutput() + program.readAllStandardError();
        QVERIFY2(told.contains("1970-01-01"), told.constData());
        QVERIFY2(told.contains("fit a clock with a battery"), told.constData());
    }
};

QTEST_GUILESS_MAIN(tst_Remedies)
#include "tst_remedies.moc"
