#include "device-manager/core/devicelink.h"
#include "device-manager/core/pusher.h"
#include "testpackages.h"
#include "testpi.h"

using device::DeviceLink;
using device::Pusher;
using device::PushReport;
using runtime::ErrorCode;

/// Packages go with a push: a real sshd, our runtime, pip and npm. Packages: openssh-server,
/// python3-pip, npm.
class tst_PackagePush : public QObject
{
    Q_OBJECT

    QTemporaryDir m_state;
    std::unique_ptr<TestPackages> m_packages;
    std::unique_ptr<TestPi> m_pi;
    std::unique_ptr<DeviceLink> m_link;
    std::unique_ptr<Pusher> m_pusher;
    QStringList m_steps;

    [[nodiscard]] runtime::ApplicationFunction function(const char *runtime = "python3") const
    {
        runtime::ApplicationFunction function;
        function.spec.name = "answer";
        function.spec.runtime = runtime;
        function.spec.handler = "answer.handler";
        function.spec.dialect = "aws";
        function.source = m_packages->path("fn").toStdString();
        return function;
    }

    auto push(const char *runtime = "python3")
    {
        return resultOf(m_pusher->push(function(runtime), {}, "{}"), 60'000);
    }

    /// Python's of the device's user.
    [[nodiscard]] QString ownPackages() const
    {
        return m_pi->home() + QStringLiteral("/.local/lib/python") +
               m_link->facts().python.section(QLatin1Char('.'), 0, 1) +
               QStringLiteral("/site-packages/");
    }

    void writeHandler(const QByteArray &value)
    {
        m_packages->write(QStringLiteral("fn/answer.py"),
                          "import pure, native\ndef handler(event, context):\n    return [" +
                              value + ", pure.WORD, native.WORD]\n");
    }

private Q_SLOTS:
    void initTestCase()
    {
        qRegisterMetaType<runtime::Error>("runtime::Error");
        qputenv("EDGEWRIGHT_STATE", m_state.path().toLocal8Bit());
        m_pi = std::make_unique<TestPi>();
        if (!m_pi->whyNot.empty())
            QSKIP(m_pi->whyNot.c_str());
        m_link = std::make_unique<DeviceLink>(
            m_pi->device(),
            DeviceLink::Options{QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"), {}});
        m_link->open();
        QTRY_COMPARE_WITH_TIMEOUT(m_link->state(), DeviceLink::State::Online, 20'000);
        QDir().mkpath(ownPackages()); // an interpreter looks for it when it starts
    }

    void init()
    {
        m_packages = std::make_unique<TestPackages>();
        m_pusher = std::make_unique<Pusher>(m_link.get());
        m_steps.clear();
        connect(m_pusher.get(), &Pusher::packagesStep, this,
                [this](const QString &, const QString &line) { m_steps << line; });
    }

    void cleanup() { m_pusher.reset(); }

    void cleanupTestCase()
    {
        m_link.reset();
        m_pi.reset();
    }

    void theDeviceTellsItsLibrary()
    {
        QVERIFY2(m_link->facts().libc.startsWith(QLatin1String("glibc 2.")),
                 qPrintable(m_link->facts().libc));
    }

    void whatAFunctionAsksForIsImportedThereAndTakenOnce()
    {
        const QString python = m_link->facts().python;
        const QByteArray cp = "cp3" + python.split(QLatin1Char('.')).value(1).toLatin1();
        m_packages->makeWheel("pure", "1.0", "py3-none-any");
        m_packages->makeWheel("native", "1.0",
                              QByteArray(cp + "-" + cp + "-manylinux_2_17_x86_64").constData());
        m_packages->makeWheel("native", "1.0",
                              QByteArray(cp + "-" + cp + "-manylinux_2_17_aarch64").constData());
        m_packages->write(QStringLiteral("fn/requirements.txt"), "pure==1.0\nnative\n");
        writeHandler("1");
        const auto first = push();
        QVERIFY2(first && !first->error,
                 (first ? first->error.value_or(runtime::Error()).detail : first.error().detail)
                     .c_str());
        QVERIFY(first->answer);
        QCOMPARE(QByteArray::fromStdString(first->answer->result),
                 "[1,\"py3-none-any\",\"" + cp + "-" + cp + "-manylinux_2_17_x86_64\"]");
        QVERIFY(
            m_steps.value(0).startsWith(QStringLiteral("Taking packages for x86_64, Python 3.")));
        QCOMPARE(m_steps.last(), QString());
        const int starts = m_packages->starts();
        QVERIFY(starts > 0);
        // A changed line: no pip, and no package goes again.
        m_steps.clear();
        writeHandler("2");
        const auto second = push();
        QVERIFY(second && second->answer);
        QVERIFY(second->answer->result.starts_with("[2,"));
        QCOMPARE(m_packages->starts(), starts);
        QCOMPARE(m_steps, QStringList());
        QVERIFY2(second->bytesSent < 1'500, qPrintable(QString::number(second->bytesSent)));
    }

    void nothingIsPushedWhereAPackageIsNotThere()
    {
        m_packages->makeSource("native", "1.0");
        m_packages->write(QStringLiteral("fn/requirements.txt"), "native==1.0\n");
        writeHandler("3");
        const auto failed = push();
        QVERIFY(!failed);
        QCOMPARE(failed.error().code, ErrorCode::DependenciesFailed);
        QVERIFY2(failed.error().detail.find("source alone") != std::string::npos,
                 failed.error().detail.c_str());
        const auto serves = resultOf(m_link->client()->invoke(
            {.function = "answer", .event = "{}", .trigger = "manual", .id = {}}));
        QVERIFY(serves);
        QVERIFY2(serves->result.starts_with("[2,"), serves->result.c_str());
    }

    void theDevicesOwnPackagesServeAfterTheyWereInstalled()
    {
        const QString site = ownPackages();
        QDir().mkpath(site + QStringLiteral("native-1.0.dist-info"));
        QFile module(site + QStringLiteral("native.py"));
        QVERIFY(module.open(QIODevice::WriteOnly));
        module.write("WORD = 'own'\n");
        module.close();
        m_packages->makeSource("native", "1.0");
        m_packages->makeWheel("pure", "1.0", "py3-none-any");
        m_packages->write(QStringLiteral("fn/requirements.txt"), "native==1.0 \npure\n");
        writeHandler("4");
        const auto pushed = push();
        QVERIFY2(pushed && !pushed->error,
                 (pushed ? pushed->error.value_or(runtime::Error()).detail : pushed.error().detail)
                     .c_str());
        QVERIFY(pushed->answer);
        QCOMPARE(pushed->answer->result, std::string("[4,\"py3-none-any\",\"own\"]"));
    }

    void bothKindsOfModulesFindThem()
    {
        m_packages->makeTarball("ew-word", {});
        m_packages->write(QStringLiteral("fn/package.json"),
                          R"({"dependencies": {"ew-word": "file:../ew-word.tgz"}})");
        m_packages->write(QStringLiteral("fn/answer.mjs"),
                          "import { createRequire } from 'module';\nimport word from 'ew-word';\n"
                          "const require = createRequire(import.meta.url);\n"
                          "export const handler = async () => [word, require('ew-word')];\n");
        const auto pushed = push("nodejs");
        QVERIFY2(pushed && !pushed->error,
                 (pushed ? pushed->error.value_or(runtime::Error()).detail : pushed.error().detail)
                     .c_str());
        QVERIFY(pushed->answer);
        QCOMPARE(pushed->answer->result, std::string("[\"ew-word\",\"ew-word\"]"));
    }

    void aBinaryOfAnotherMachineIsAWarning()
    {
        m_packages->write(QStringLiteral("fn/answer.js"), "exports.handler = async () => 1;\n");
        m_packages->write(QStringLiteral("fn/node_modules/a/a.node"), TestPackages::elf(char(183)));
        const auto pushed = push("nodejs");
        QVERIFY(pushed && !pushed->error);
        QCOMPARE(pushed->warnings.size(), std::size_t(1));
        QCOMPARE(pushed->warnings[0].file, std::string("node_modules/a/a.node"));
    }

    void aPushThatIsStoppedWhilePackagesAreTakenEnds()
    {
        m_packages->write(QStringLiteral("python3"), "#!/bin/sh\nsleep 60\n");
        m_packages->write(QStringLiteral("fn/requirements.txt"), "whatever\n");
        writeHandler("5");
        std::stop_source stop;
        auto future = m_pusher->push(function(), stop.get_token());
        QTRY_VERIFY(!m_steps.isEmpty());
        QTest::qWait(200);
        stop.request_stop();
        const auto ended = resultOf(std::move(future), 2'000);
        QVERIFY(!ended);
        QCOMPARE(ended.error().code, ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(tst_PackagePush)
#include "tst_packagepush.moc"
