#include "device-manager/core/deviceregistry.h"

#include <QFile>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using device::Device;
using device::DeviceRegistry;

class tst_DeviceRegistry : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_file;

    static Device porch()
    {
        Device device;
        device.name = QStringLiteral("porch");
        device.user = QStringLiteral("pi");
        device.host = QStringLiteral("porch.local");
        device.port = 2222;
        device.keyFile = QStringLiteral("/home/anna/.ssh/id_ed25519");
        device.hostKey = QStringLiteral("SHA256:abc");
        return device;
    }

    void write(const QByteArray &text)
    {
        QFile file(m_file);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

private Q_SLOTS:
    void init()
    {
        static int run = 0;
        m_file = m_folder.filePath(QStringLiteral("%1/devices.json").arg(++run));
    }

    void aDeviceComesBackAsItWas()
    {
        DeviceRegistry registry(m_file);
        QVERIFY(registry.load());
        QVERIFY(registry.save(porch()));
        DeviceRegistry other(m_file);
        QVERIFY(other.load());
        QVERIFY(other.device(QStringLiteral("porch")) == porch());
        QVERIFY(other.devices().size() == 1);
    }

    void tellsWhatWasAddedChangedAndRemoved()
    {
        DeviceRegistry registry(m_file);
        QVERIFY(registry.load());
        QStringList log;
        connect(&registry, &DeviceRegistry::added, this,
                [&](const Device &d) { log << QStringLiteral("added ") + d.name; });
        connect(&registry, &DeviceRegistry::changed, this,
                [&](const Device &d) { log << QStringLiteral("changed ") + d.host; });
        connect(&registry, &DeviceRegistry::removed, this,
                [&](const QString &name) { log << QStringLiteral("removed ") + name; });
        Device device = porch();
        QVERIFY(registry.save(device));
        device.host = QStringLiteral("10.0.0.7");
        QVERIFY(registry.save(device));
        QVERIFY(registry.save(device)); // nothing new
        QVERIFY(registry.remove(device.name));
        QCOMPARE(log,
                 QStringList({QStringLiteral("added porch"), QStringLiteral("changed 10.0.0.7"),
                              QStringLiteral("removed porch")}));
        const auto again = registry.remove(device.name);
        QVERIFY(!again);
        QCOMPARE(again.error().code, runtime::ErrorCode::DeviceUnknown);
    }

    void aDeviceThatAnotherProgramAddsShows()
    {
        DeviceRegistry window(m_file);
        QVERIFY(window.load());
        QSignalSpy added(&window, &DeviceRegistry::added);
        QSignalSpy removed(&window, &DeviceRegistry::removed);
        DeviceRegistry terminal(m_file);
        QVERIFY(terminal.load());
        QVERIFY(terminal.save(porch()));
        QTRY_COMPARE(added.size(), 1);
        QVERIFY(window.device(QStringLiteral("porch")) == porch());
        QVERIFY(terminal.remove(QStringLiteral("porch")));
        QTRY_COMPARE(removed.size(), 1);
    }

    void twoProgramsLoseNothingOfEachOther()
    {
        DeviceRegistry one(m_file);
        DeviceRegistry two(m_file);
        QVERIFY(one.load());
        QVERIFY(two.load());
        Device device = porch();
        QVERIFY(one.save(device));
        device.name = QStringLiteral("attic");
        QVERIFY(two.save(device)); // before two heard of the first
        DeviceRegistry three(m_file);
        QVERIFY(three.load());
        QCOMPARE(three.devices().size(), 2);
    }

    void groupsAreKeptAndTakenUp()
    {
        DeviceRegistry registry(m_file);
        QVERIFY(registry.load());
        Device device = porch();
        QVERIFY(registry.save(device));
        device.name = QStringLiteral("attic");
        QVERIFY(registry.save(device));
        QSignalSpy changed(&registry, &DeviceRegistry::groupsChanged);
        const QString garden = QStringLiteral("garden"), roof = QStringLiteral("roof");
        QVERIFY(registry.addToGroup(garden, {QStringLiteral("porch"), QStringLiteral("attic")}));
        QVERIFY(registry.addToGroup(garden, {QStringLiteral("porch")})); // it does already
        QVERIFY(registry.addToGroup(roof, {QStringLiteral("attic")}));
        QCOMPARE(changed.size(), 2);

        DeviceRegistry later(m_file); // after a restart
        QVERIFY(later.load());
        QCOMPARE(later.groups()[garden],
                 QStringList({QStringLiteral("attic"), QStringLiteral("porch")}));
        QCOMPARE(later.groupsOf(QStringLiteral("attic")), QStringList({garden, roof}));
        device.host = QStringLiteral("10.0.0.9"); // another address is no reason to leave
        QVERIFY(later.save(device));
        QCOMPARE(later.groupsOf(QStringLiteral("attic")), QStringList({garden, roof}));

        QVERIFY(later.removeFromGroup(garden, {QStringLiteral("porch")}));
        QCOMPARE(later.groups()[garden], QStringList(QStringLiteral("attic")));
        QVERIFY(later.removeFromGroup(garden, {}));
        QVERIFY(!later.groups().contains(garden));
        QVERIFY(later.remove(QStringLiteral("attic"))); // the last one of the roof
        QVERIFY(later.groups().isEmpty());
        QTRY_VERIFY(registry.groups().isEmpty());
    }

    void aGroupThatCannotBeIsRefusedWhole()
    {
        DeviceRegistry registry(m_file);
        QVERIFY(registry.load());
        QVERIFY(registry.save(porch()));
        const QString name = QStringLiteral("porch"), garden = QStringLiteral("garden");
        QCOMPARE(registry.addToGroup(QStringLiteral("a b"), {name}).error().code,
                 runtime::ErrorCode::UsageInvalid);
        QCOMPARE(registry.addToGroup(name, {name}).error().code, runtime::ErrorCode::UsageInvalid);
        QCOMPARE(registry.addToGroup(garden, {name, QStringLiteral("shed")}).error().code,
                 runtime::ErrorCode::DeviceUnknown);
        QVERIFY(registry.groups().isEmpty());
        QCOMPARE(registry.removeFromGroup(garden, {name}).error().code,
                 runtime::ErrorCode::TargetUnknown);
        QVERIFY(registry.addToGroup(garden, {name}));
        QCOMPARE(registry.removeFromGroup(garden, {QStringLiteral("shed")}).error().code,
                 runtime::ErrorCode::DeviceUnknown);
        QCOMPARE(registry.groups()[garden], QStringList(name));
    }

    void keepsWhatItDoesNotKnow()
    {
        QDir().mkpath(QFileInfo(m_file).path());
        write(
            R"({"version":1,"colour":"red","devices":{"porch":{"host":"a","user":"pi","tag":7}}})");
        DeviceRegistry registry(m_file);
        QVERIFY(registry.load());
        QVERIFY(registry.save(porch()));
        QFile file(m_file);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject root = QJsonDocument::fromJson(file.readAll()).object();
        QCOMPARE(root[QStringLiteral("colour")].toString(), QStringLiteral("red"));
        const QJsonObject kept =
            root[QStringLiteral("devices")].toObject()[QStringLiteral("porch")].toObject();
        QCOMPARE(kept[QStringLiteral("tag")].toInt(), 7);
        QCOMPARE(kept[QStringLiteral("host")].toString(), QStringLiteral("porch.local"));
    }

    void aDamagedFileIsSetAsideAndTold()
    {
        QDir().mkpath(QFileInfo(m_file).path());
        write("{\"devices\": [");
        DeviceRegistry registry(m_file);
        const auto loaded = registry.load();
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, runtime::ErrorCode::FileUnreadable);
        QVERIFY(registry.devices().isEmpty());
        QFile aside(m_file + QStringLiteral(".damaged"));
        QVERIFY(aside.open(QIODevice::ReadOnly));
        QCOMPARE(aside.readAll(), QByteArray("{\"devices\": ["));
        QVERIFY(registry.save(porch()));
        QVERIFY(DeviceRegistry(m_file).load());
    }

    void aNameThatIsNoFileNameIsRefused()
    {
        DeviceRegistry registry(m_file);
        Device device = porch();
        device.name = QStringLiteral("../porch");
        const auto saved = registry.save(device);
        QVERIFY(!saved);
        QCOMPARE(saved.error().code, runtime::ErrorCode::UsageInvalid);
    }
};

QTEST_GUILESS_MAIN(tst_DeviceRegistry)
#include "tst_deviceregistry.moc"
