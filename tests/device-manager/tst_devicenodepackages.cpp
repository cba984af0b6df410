#include "device-manager/core/devicepackages.h"
#include "device-manager/core/foreignbinaries.h"
#include "testpackages.h"

#include <map>

using device::DevicePackages;
using device::PackageTarget;
using runtime::ErrorCode;

namespace fs = std::filesystem;
using Made = runtime::Result<std::shared_ptr<const device::PackageSet>>;

/// What functions of Node.js ask for, taken for devices of other machines by this computer's npm;
/// and binaries that lie in the folder of a function.
class tst_DeviceNodePackages : public QObject
{
    Q_OBJECT

    std::unique_ptr<TestPackages> m_packages;
    std::unique_ptr<QTemporaryDir> m_cache;

    static PackageTarget target(const QByteArray &machine)
    {
        device::DeviceFacts facts;
        facts.kernel = QString::fromUtf8(machine);
        facts.machine = machine.startsWith("armv") ? QStringLiteral("arm") : facts.kernel;
        facts.node = QStringLiteral("18.19.0");
        facts.libc = QStringLiteral("glibc 2.36");
        return packageTargetOf(facts);
    }

    [[nodiscard]] fs::path source() const { return m_packages->path("fn").toStdString(); }

    Made take(const QByteArray &machine)
    {
        DevicePackages packages(m_cache->path().toStdString());
        const auto wish = DevicePackages::wishOf("nodejs", source(), target(machine), "porch-pi");
        return packages.make(wish.value(), {}, [](const QString &) {}, {});
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
    }

    void npmTakesWhatIsMadeForTheProcessor_data()
    {
        QTest::addColumn<QByteArray>("machine");
        QTest::addColumn<QStringList>("names");
        QTest::newRow("arm64") << QByteArray("aarch64") << QStringList{QStringLiteral("ew-arm64")};
        QTest::newRow("x64") << QByteArray("x86_64") << QStringList{QStringLiteral("ew-x64")};
        QTest::newRow("arm") << QByteArray("armv6l") << QStringList();
    }

    void npmTakesWhatIsMadeForTheProcessor()
    {
        QFETCH(QByteArray, machine);
        QFETCH(QStringList, names);
        m_packages->makeTarball("ew-arm64", R"("os": ["linux"], "cpu": ["arm64"])");
        m_packages->makeTarball("ew-x64", R"("os": ["linux"], "cpu": ["x64"])");
        m_packages->makeTarball("ew-any", {});
        m_packages->write(QStringLiteral("fn/package.json"),
                          R"({"name": "x", "version": "1.0.0",
                              "dependencies": {"ew-any": "file:../ew-any.tgz"},
                              "optionalDependencies": {"ew-arm64": "file:../ew-arm64.tgz",
                                                       "ew-x64": "file:../ew-x64.tgz"}})");
        const Made made = take(machine);
        QVERIFY2(made, made ? "" : made.error().detail.c_str());
        QStringList expected;
        for (const QString &name : QStringList{QStringLiteral("ew-any")} + names)
            for (const char *file : {"index.js", "package.json"})
                expected << QStringLiteral(".edgewright/packages/node_modules/%1/%2")
                                .arg(name, QString::fromUtf8(file));
        expected.sort();
        QCOMPARE(pathsOf(made), expected);
    }

    void aNodePackageThatIsNotMadeForTheProcessorIsNamed()
    {
        m_packages->makeTarball("ew-x64", R"("os": ["linux"], "cpu": ["x64"])");
        m_packages->write(QStringLiteral("fn/package.json"),
                          R"({"dependencies": {"ew-x64": "file:../ew-x64.tgz"}})");
        const Made made = take("aarch64");
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::DependenciesFailed);
        QVERIFY2(made.error().detail.starts_with(
                     "ew-x64@1.0.0 is not made for Linux on arm64, Node.js 18"),
                 made.error().detail.c_str());
    }

    void aNodePackageThatWouldHaveToBeBuiltIsNamed()
    {
        m_packages->makeTarball("ew-note", R"("scripts": {"postinstall": "echo thanks"})");
        m_packages->makeTarball("ew-gyp", {}, {{QStringLiteral("binding.gyp"), "{}"}});
        m_packages->makeTarball(
            "ew-fetch", R"("scripts": {"install": "prebuild-install || node-gyp rebuild"})");
        m_packages->makeTarball(
            "ew-ready", R"("scripts": {"install": "node-gyp-build"})",
            {{QStringLiteral("prebuilds/linux-arm64/x.node"), TestPackages::elf(char(183))}});
        const auto ask = [this](const QByteArray &names) {
            QByteArrayList lines;
            for (const QByteArray &name : names.split(' '))
                lines << '"' + name + "\": \"file:../" + name + ".tgz\"";
            m_packages->write(QStringLiteral("fn/package.json"),
                              "{\"dependencies\": {" + lines.join(',') + "}}");
        };
        ask("ew-note ew-ready ew-gyp ew-fetch");
        const Made made = take("aarch64");
        QVERIFY(!made);
        QVERIFY2(made.error().detail.find("ew-fetch (prebuild-install || node-gyp rebuild), "
                                          "ew-gyp (node-gyp).") != std::string::npos,
                 made.error().detail.c_str());
        ask("ew-note ew-ready");
        QVERIFY(take("aarch64"));
        const Made intel = take("x86_64");
        QVERIFY(!intel);
        QVERIFY2(intel.error().detail.find("ew-ready (node-gyp-build).") != std::string::npos,
                 intel.error().detail.c_str());
    }

    void modulesInTheFolderGoAsTheyAreAndThoseAboveAreTaken()
    {
        m_packages->write(QStringLiteral("fn/package.json"), R"({"dependencies": {"a": "1"}})");
        m_packages->write(QStringLiteral("fn/node_modules/a/index.js"), "");
        QVERIFY(!DevicePackages::wishOf("nodejs", source(), target("aarch64"), "pi"));
        // What lies above the function's folder is not sent with it.
        m_packages->write(QStringLiteral("fn/edgewright.yaml"), "functions: {}\n");
        QVERIFY(DevicePackages::wishOf("nodejs", source() / "inner", target("aarch64"), "pi"));
        QVERIFY(!DevicePackages::wishOf("nodejs", source() / "inner", PackageTarget(), "pi"));
    }

    void binariesOfAnotherMachineAreTold()
    {
        const std::map<std::string, QByteArray> files{
            {"node_modules/both/prebuilds/linux-arm64/x.node", TestPackages::elf(char(183))},
            {"node_modules/both/prebuilds/linux-x64/x.node", TestPackages::elf(62)},
            {"node_modules/@who/one/build/x.node", TestPackages::elf(62)},
            {"vendored/_c.cpython-311-x86_64-linux-gnu.so", TestPackages::elf(62)},
            {"vendored/attach_x86.so", TestPackages::elf(62)}, // loaded by nobody here
            {"vendored/text.node", "no program"}};
        std::vector<runtime::BundleFile> list;
        for (const auto &[path, bytes] : files) {
            m_packages->write(QStringLiteral("fn/") + QString::fromStdString(path), bytes);
            list.push_back({path, {}, std::uint64_t(bytes.size()), false});
        }
        QStringList told;
        for (const runtime::Problem &problem : device::foreignBinaries(list, source(), "aarch64")) {
            QVERIFY(problem.warning);
            told << QString::fromStdString(problem.file + ": " + problem.message);
        }
        QCOMPARE(told,
                 QStringList({QStringLiteral("vendored/_c.cpython-311-x86_64-linux-gnu.so: it "
                                             "is made for x86_64, and the device is aarch64"),
                              QStringLiteral("node_modules/@who/one/build/x.node: it is made "
                                             "for x86_64, and the device is aarch64")}));
        QVERIFY(device::foreignBinaries(list, source(), "x86_64").empty());
    }
};

QTEST_GUILESS_MAIN(tst_DeviceNodePackages)
#include "tst_devicenodepackages.moc"
