#include "device-manager/core/devicepackages.h"
#include "testpackages.h"

#include <QElapsedTimer>

#include <thread>

using device::DevicePackages;
using device::PackageTarget;
using runtime::ErrorCode;

namespace fs = std::filesystem;
using Made = runtime::Result<std::shared_ptr<const device::PackageSet>>;

/// What functions of Python ask for, taken for devices of other machines by this computer's pip.
class tst_DevicePackages : public QObject
{
    Q_OBJECT

    std::unique_ptr<TestPackages> m_packages;
    std::unique_ptr<QTemporaryDir> m_cache;
    QStringList m_told;

    static PackageTarget target(const char *machine, const char *libc = "glibc 2.36")
    {
        device::DeviceFacts facts;
        const QString kernel = QString::fromUtf8(machine);
        facts.machine = kernel.startsWith(QLatin1String("armv")) ? QStringLiteral("arm") : kernel;
        facts.kernel = kernel;
        facts.python = QStringLiteral("3.11.2");
        facts.libc = QString::fromUtf8(libc);
        return packageTargetOf(facts);
    }

    [[nodiscard]] fs::path source() const { return m_packages->path("fn").toStdString(); }
    void ask(const QByteArray &requirements)
    {
        m_packages->write(QStringLiteral("fn/requirements.txt"), requirements);
    }

    Made take(const PackageTarget &target, const QByteArray &own = {}, std::stop_token stop = {})
    {
        DevicePackages packages(m_cache->path().toStdString());
        const auto wish = DevicePackages::wishOf("python3", source(), target, "porch-pi");
        if (!wish)
            return nullptr;
        if (auto found = packages.find(*wish))
            return found;
        return packages.make(
            *wish, own, [this](const QString &line) { m_told << line; }, stop);
    }

    static QByteArray textOf(const Made &made, const char *file)
    {
        const fs::path path = (*made)->folder / runtime::packagesInBundle / file;
        QFile in(QString::fromStdString(path.string()));
        return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    }
    static QStringList pathsOf(const Made &made)
    {
        QStringList paths;
        for (const runtime::BundleFile &file : (*made)->files)
            paths << QString::fromStdString(file.path);
        return paths;
    }

private Q_SLOTS:
    void init()
    {
        m_packages = std::make_unique<TestPackages>();
        m_cache = std::make_unique<QTemporaryDir>();
        m_told.clear();
    }

    void eachMachineGetsTheWheelThatIsMadeForIt_data()
    {
        QTest::addColumn<QByteArray>("machine");
        QTest::addColumn<QByteArray>("libc");
        QTest::addColumn<QByteArray>("tag");
        const auto row = [](const char *machine, const char *libc, const char *tag) {
            QTest::addRow("%s, %s", machine, libc)
                << QByteArray(machine) << QByteArray(libc) << QByteArray(tag);
        };
        row("aarch64", "glibc 2.36", "cp311-cp311-manylinux_2_28_aarch64");
        row("aarch64", "glibc 2.27", "cp311-cp311-manylinux_2_17_aarch64");
        row("aarch64", "musl 1.2.3", "cp311-cp311-musllinux_1_1_aarch64");
        row("armv7l", "glibc 2.36", "cp311-cp311-linux_armv7l");
        row("armv6l", "glibc 2.36", "cp311-abi3-linux_armv6l");
        row("x86_64", "glibc 2.36", "cp311-cp311-manylinux1_x86_64");
    }

    void eachMachineGetsTheWheelThatIsMadeForIt()
    {
        QFETCH(QByteArray, machine);
        QFETCH(QByteArray, libc);
        QFETCH(QByteArray, tag);
        for (const char *each :
             {"cp311-cp311-manylinux_2_28_aarch64", "cp311-cp311-manylinux_2_17_aarch64",
              "cp311-cp311-musllinux_1_1_aarch64", "cp311-cp311-linux_armv7l",
              "cp311-abi3-linux_armv6l", "cp311-cp311-manylinux1_x86_64",
              "cp312-cp312-manylinux_2_28_aarch64"})
            m_packages->makeWheel("demo", "1.0", each, "plain");
        m_packages->makeWheel("plain", "2.0", "py3-none-any");
        ask("demo==1.0\n");
        const Made made = take(target(machine, libc));
        QVERIFY2(made, made ? "" : made.error().detail.c_str());
        QCOMPARE(textOf(made, "demo.py"), "WORD = \"" + tag + "\"\n");
        QCOMPARE(textOf(made, "plain.py"), QByteArray("WORD = \"py3-none-any\"\n"));
        QVERIFY(pathsOf(made).contains(QStringLiteral(".edgewright/packages/demo.py")));
        QVERIFY2(m_told.join(QLatin1Char('\n')).contains(QStringLiteral("Successfully installed")),
                 qPrintable(m_told.join(QLatin1Char('\n'))));
    }

    void markersAreThoseOfTheDevice()
    {
        m_packages->makeWheel("old", "1.0", "py3-none-any");
        m_packages->makeWheel("arm", "1.0", "py3-none-any");
        m_packages->makeWheel("demo", "1.0", "py3-none-any", "old; python_version < '3.10'");
        ask("demo\narm; platform_machine == 'aarch64'\n");
        PackageTarget pi = target("aarch64");
        pi.python = "3.9.2";
        const Made made = take(pi);
        QVERIFY2(made, made ? "" : made.error().detail.c_str());
        QVERIFY(!textOf(made, "old.py").isEmpty());
        QVERIFY(!textOf(made, "arm.py").isEmpty());
        const Made newer = take(target("x86_64"));
        QVERIFY2(newer, newer ? "" : newer.error().detail.c_str());
        QVERIFY(textOf(newer, "old.py").isEmpty());
        QVERIFY(textOf(newer, "arm.py").isEmpty());
    }

    void whereThereIsNoWheelTheWordsSayWhatToDo_data()
    {
        QTest::addColumn<QByteArray>("asked");
        QTest::addColumn<QStringList>("words");
        const auto row = [](const char *name, const char *asked, const QStringList &words) {
            QTest::newRow(name) << QByteArray(asked) << words;
        };
        row("another machine", "big==2.0",
            {QStringLiteral("big==2.0 has no wheel for arm64, Python 3.11"),
             QStringLiteral("only for cp311-cp311-manylinux_2_17_x86_64."),
             QStringLiteral("Versions that have one: 1.9"),
             QStringLiteral("sudo apt install python3-big")});
        row("source alone", "src==3.0",
            {QStringLiteral("src==3.0 has no wheel for arm64, Python 3.11"),
             QStringLiteral("source alone"), QStringLiteral("sudo apt install python3-src")});
        row("no package", "nothing==1.0",
            {QStringLiteral("nothing==1.0 is not there"), QStringLiteral("of that name")});
    }

    void whereThereIsNoWheelTheWordsSayWhatToDo()
    {
        QFETCH(QByteArray, asked);
        QFETCH(QStringList, words);
        m_packages->makeWheel("big", "2.0", "cp311-cp311-manylinux_2_17_x86_64");
        m_packages->makeWheel("big", "1.9", "cp311-cp311-manylinux_2_17_aarch64");
        m_packages->makeSource("src", "3.0");
        ask(asked + '\n');
        const Made made = take(target("aarch64"));
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::DependenciesFailed);
        const QString detail = QString::fromStdString(made.error().detail);
        for (const QString &word : words)
            QVERIFY2(detail.contains(word), qPrintable(detail));
        QVERIFY(!QFile::exists(m_packages->path("built")));
        QVERIFY(fs::is_empty(m_cache->path().toStdString())); // nothing is kept of it
    }

    void versionsThatContradictEachOtherAreNamed()
    {
        m_packages->makeWheel("low", "1.0", "py3-none-any", "base<2");
        m_packages->makeWheel("high", "1.0", "py3-none-any", "base>=2");
        m_packages->makeWheel("base", "1.0", "py3-none-any");
        m_packages->makeWheel("base", "2.0", "py3-none-any");
        ask("low\nhigh\n");
        const Made made = take(target("aarch64"));
        QVERIFY(!made);
        for (const char *word : {"contradict", "low 1.0 depends on base<2"})
            QVERIFY2(made.error().detail.find(word) != std::string::npos,
                     made.error().detail.c_str());
    }

    void whatTheDeviceHasItselfServesWhereThereIsNoWheel()
    {
        m_packages->makeSource("RPi.GPIO", "0.7.1");
        m_packages->makeWheel("lamp", "1.0", "py3-none-any", "RPi.GPIO>=0.7");
        ask("lamp\n");
        m_packages->makeWheel("lamp", "0.9", "py3-none-any", "RPi.GPIO>=0.6");
        const QByteArray own = "setuptools-66.1.1.egg-info\nRPi.GPIO-0.7.1a4.egg-info\n";
        const Made none = take(target("aarch64"));
        QVERIFY(!none);
        QVERIFY2(none.error().detail.starts_with("RPi.GPIO>=0."), none.error().detail.c_str());
        QVERIFY2(none.error().detail.find("has no wheel") != std::string::npos,
                 none.error().detail.c_str());
        m_packages->makeWheel("lamp", "1.1", "py3-none-any", "RPi.GPIO>=0.7a1");
        const Made made = take(target("aarch64"), own);
        QVERIFY2(made, made ? "" : made.error().detail.c_str());
        const QStringList paths = pathsOf(made);
        QVERIFY(paths.contains(QStringLiteral(".edgewright/packages/lamp.py")));
        QVERIFY2(paths.filter(QStringLiteral("rpi"), Qt::CaseInsensitive).isEmpty(),
                 qPrintable(paths.join(QLatin1Char(' '))));
        QVERIFY(m_told.contains(QStringLiteral("rpi-gpio: the device's own, 0.7.1a4")));
        // And it is for this device alone.
        DevicePackages packages(m_cache->path().toStdString());
        QVERIFY(packages.find(
            *DevicePackages::wishOf("python3", source(), target("aarch64"), "porch-pi")));
        QVERIFY(!packages.find(
            *DevicePackages::wishOf("python3", source(), target("aarch64"), "shed-pi")));
    }

    void whatWasMadeIsFoundWithoutAProgram()
    {
        m_packages->makeWheel("demo", "1.0", "py3-none-any");
        ask("demo\n");
        QVERIFY(take(target("aarch64")));
        const int starts = m_packages->starts();
        QVERIFY(starts > 0);
        QVERIFY(QDir(m_packages->path("wheels")).removeRecursively()); // no network either
        QVERIFY(take(target("aarch64")));
        QCOMPARE(m_packages->starts(), starts);
        // Another machine, Python or file is another set.
        QVERIFY(!take(target("x86_64")));
        PackageTarget newer = target("aarch64");
        newer.python = "3.12.1";
        QVERIFY(!take(newer));
        ask("demo \n");
        QVERIFY(!take(target("aarch64")));
    }

    void twoAtATimeMakeItOnce()
    {
        m_packages->makeWheel("demo", "1.0", "py3-none-any");
        ask("demo\n");
        bool other = false;
        std::thread thread([&] {
            DevicePackages packages(m_cache->path().toStdString());
            const auto wish =
                DevicePackages::wishOf("python3", source(), target("aarch64"), "shed-pi");
            other = packages.make(*wish, {}, [](const QString &) {}, {}).has_value();
        });
        const Made made = take(target("aarch64"));
        thread.join();
        QVERIFY(made);
        QVERIFY(other);
        // The file that runs pip, and pip.
        QVERIFY2(m_packages->starts() == 1, qPrintable(QString::number(m_packages->starts())));
    }

    void itEndsWithinASecondOfAStop()
    {
        m_packages->write(QStringLiteral("python3"), "#!/bin/sh\nsleep 60\n");
        ask("demo\n");
        std::stop_source stop;
        std::thread later([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            stop.request_stop();
        });
        QElapsedTimer clock;
        clock.start();
        const Made made = take(target("aarch64"), {}, stop.get_token());
        later.join();
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::Cancelled);
        QVERIFY2(clock.elapsed() < 1'300, qPrintable(QString::number(clock.elapsed())));
        QVERIFY(fs::is_empty(m_cache->path().toStdString()));
    }

    void aProjectFileIsReadAndOneThatAsksForNothingNeedsNoPip()
    {
        m_packages->makeWheel("demo", "1.0", "py3-none-any");
        m_packages->write(QStringLiteral("fn/pyproject.toml"),
                          "[project]\nname = \"x\"\ndependencies = [\"demo>=1\"]\n");
        const Made made = take(target("aarch64"));
        QVERIFY2(made, made ? "" : made.error().detail.c_str());
        QVERIFY(!textOf(made, "demo.py").isEmpty());
        m_packages->write(QStringLiteral("fn/pyproject.toml"), "[tool.ruff]\nline-length = 99\n");
        const Made none = take(target("aarch64"));
        QVERIFY2(none, none ? "" : none.error().detail.c_str());
        QCOMPARE((*none)->files.size(), std::size_t(0));
    }

    void whatIsMissingHereOrThereIsNamed()
    {
        ask("demo\n");
        PackageTarget bare = target("aarch64");
        bare.python.clear();
        const Made none = take(bare);
        QVERIFY(!none);
        QCOMPARE(none.error().code, ErrorCode::InterpreterMissing);
        QVERIFY2(none.error().detail.find("sudo apt install python3") != std::string::npos,
                 none.error().detail.c_str());
        m_packages->write(QStringLiteral("hidden/pip.py"), "raise ImportError('no pip')\n");
        qputenv("PYTHONPATH", m_packages->path("hidden").toLocal8Bit());
        const Made noPip = take(target("aarch64"));
        qunsetenv("PYTHONPATH");
        QVERIFY(!noPip);
        QVERIFY2(noPip.error().detail.find("install the package python3-pip here") !=
                     std::string::npos,
                 noPip.error().detail.c_str());
        qputenv("EDGEWRIGHT_PYTHON", "no-such-python");
        const Made noPython = take(target("aarch64"));
        QVERIFY(!noPython);
        QCOMPARE(noPython.error().code, ErrorCode::InterpreterMissing);
    }
};

QTEST_GUILESS_MAIN(tst_DevicePackages)
#include "tst_devicepackages.moc"
