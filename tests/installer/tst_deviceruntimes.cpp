#include "tests/daemon/testruntime.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <memory>

using tests::TestRuntime;

/// The runtimes that go to devices, as installer/build-devices.sh made them, each on the least
/// processor that it is for. Packages: qemu-user-static, python3.
///
/// Python is this computer's own: what is emulated is the runtime. With EDGEWRIGHT_SLOW set, Python
/// is that of the device's architecture too, fetched from Debian and emulated.
class tst_DeviceRuntimes : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;

    static QString devices() { return QStringLiteral(EDGEWRIGHT_BUILD_DIR "/bin/devices/"); }

    /// A program that runs \a command with its arguments.
    [[nodiscard]] QString wrapper(const QString &name, const QString &command)
    {
        const QString path = m_folder.filePath(name);
        QFile file(path);
        if (file.open(QIODevice::WriteOnly))
            file.write("#!/bin/sh\nexec " + command.toUtf8() + " \"$@\"\n");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return path;
    }

    static void addMachines()
    {
        QTest::addColumn<QString>("machine");
        QTest::addColumn<QString>("emulator");
        const auto row = [](const char *machine, const char *emulator) {
            if (QFileInfo::exists(devices() + QString::fromLatin1(machine)))
                QTest::newRow(machine)
                    << QString::fromLatin1(machine) << QString::fromLatin1(emulator);
        };
        row("arm", "qemu-arm-static -cpu arm1176"); // Pi 1 and Zero
        row("aarch64", "qemu-aarch64-static -cpu cortex-a53");
        row("x86_64", "");
    }

    /// The command that runs the machine's runtime here; empty where the emulator is missing.
    [[nodiscard]] static QString runtimeCommand(const QString &machine, const QString &emulator)
    {
        const QString program = devices() + machine + QStringLiteral("/edgewrightd");
        if (emulator.isEmpty())
            return QSysInfo::buildCpuArchitecture() == machine ? program : QString();
        if (QStandardPaths::findExecutable(emulator.section(u' ', 0, 0)).isEmpty())
            return {};
        return emulator + u' ' + program;
    }

    /// Python of \a architecture, emulated; empty when it cannot be fetched.
    [[nodiscard]] QString foreignPython(const QString &architecture, const QString &emulator)
    {
        const QString root = QStringLiteral(EDGEWRIGHT_BUILD_DIR "/device/python/") + architecture;
        QProcess fetch;
        fetch.start(QStringLiteral(EDGEWRIGHT_SOURCE_DIR "/installer/fetch-sysroot.sh"),
                    {architecture, root, QStringLiteral("libc6"), QStringLiteral("zlib1g"),
                     QStringLiteral("libexpat1"), QStringLiteral("libssl3"),
                     QStringLiteral("libffi8"), QStringLiteral("libgcc-s1"),
                     QStringLiteral("python3.11-minimal"), QStringLiteral("libpython3.11-minimal"),
                     QStringLiteral("libpython3.11-stdlib")});
        if (!fetch.waitForFinished(600'000) || fetch.exitCode() != 0)
            return {};
        return wrapper(QStringLiteral("python-") + architecture,
                       QStringLiteral("env PYTHONHOME=%1/usr %2 -L %1 %1/usr/bin/python3.11")
                           .arg(root, emulator.section(u' ', 0, 0)));
    }

private Q_SLOTS:
    void init() { qunsetenv("EDGEWRIGHT_PYTHON"); }

    void isSmallEnough_data() { addMachines(); }

    void isSmallEnough()
    {
        QFETCH(QString, machine);
        const QFileInfo program(devices() + machine + QStringLiteral("/edgewrightd"));
        QVERIFY(program.isExecutable());
        QVERIFY2(program.size() <= 5 << 20, QByteArray::number(program.size()).constData());
    }

    void runsAPythonFunction_data() { addMachines(); }

    void runsAPythonFunction()
    {
        QFETCH(QString, machine);
        QFETCH(QString, emulator);
        const QString command = runtimeCommand(machine, emulator);
        if (command.isEmpty())
            QSKIP("its emulator is missing (package qemu-user-static)");
        const QString architecture = machine == QLatin1String("aarch64") ? QStringLiteral("arm64")
                                     : machine == QLatin1String("arm")   ? QStringLiteral("armel")
                                                                         : QString();
        if (qEnvironmentVariableIsSet("EDGEWRIGHT_SLOW") && !architecture.isEmpty()) {
            const QString python = foreignPython(architecture, emulator);
            QVERIFY2(!python.isEmpty(), "no Python of that architecture");
            qputenv("EDGEWRIGHT_PYTHON", python.toLocal8Bit());
        }
        TestRuntime runtime;
        runtime.program = wrapper(QStringLiteral("edgewrightd"), command);
        QVERIFY(runtime.start());
        QVERIFY(!runtime.client().hello().version.empty());
        runtime.write(QStringLiteral("f"), QStringLiteral("main.py"),
                      "import platform\n"
                      "def handler(event, context):\n"
                      "    print('lux: 41.5')\n"
                      "    return {'twice': event['n'] * 2, 'machine': platform.machine()}\n");
        QVERIFY_OK(runtime.putBundle(TestRuntime::spec("f")));
        const auto invocation = runtime.invoke("f", "{\"n\": 21}");
        QVERIFY_OK(invocation);
        QVERIFY2(invocation->result.starts_with("{\"twice\":42"), invocation->result.c_str());
        QCOMPARE(invocation->log.size(), std::size_t(1));
        if (qEnvironmentVariableIsSet("EDGEWRIGHT_PYTHON"))
            QVERIFY2(invocation->result.find("x86_64") == std::string::npos,
                     invocation->result.c_str());
        // It keeps what it was given.
        runtime.killHard();
        QVERIFY(runtime.start());
        QVERIFY_OK(runtime.invoke("f", "{\"n\": 1}"));
    }
};

QTEST_GUILESS_MAIN(tst_DeviceRuntimes)
#include "tst_deviceruntimes.moc"
