#include "virtualpis/virtualpis.h"

#include "device-manager/core/devicesearch.h"
#include "device-manager/core/sshsession.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using device::Device;
using device::DeviceSearch;
using device::FoundDevice;
using tests::VirtualPis;

/// The search against real responders: 12 Pis on two networks, some of which publish no service.
class tst_Discovery : public QObject
{
    Q_OBJECT

    static constexpr int pis = 12;
    static constexpr int searchLimitMs = 30'000;

    std::unique_ptr<VirtualPis> m_bench;
    QTemporaryDir m_home;

    static bool isStock(int pi) { return pi % 3 == 0; }
    static int lanOf(int pi) { return pi > 9 ? 2 : 1; }
    static QByteArray wordsOf(int pi)
    {
        return QByteArray(isStock(pi) ? "stock " : "") + (lanOf(pi) == 2 ? "lan=2" : "");
    }

    /// "pi3 10.77.0.13" of each.
    static QStringList namesOf(const DeviceSearch &search)
    {
        QStringList names;
        for (const FoundDevice &device : search.devices())
            names.append(device.name + QLatin1Char(' ') + device.addresses.join(QLatin1Char(' ')));
        names.sort();
        return names;
    }

    static QStringList every()
    {
        QStringList names;
        for (int pi = 1; pi <= pis; ++pi)
            names.append(QStringLiteral("pi%1 ").arg(pi) + VirtualPis::address(pi, lanOf(pi)));
        names.sort();
        return names;
    }

    /// How many told their name.
    static qsizetype answersOf(const DeviceSearch &search)
    {
        const QList<FoundDevice> devices = search.devices();
        return std::ranges::count_if(devices, [](const FoundDevice &device) {
            return device.host.endsWith(QStringLiteral(".local"));
        });
    }

    static void finish(DeviceSearch &search)
    {
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), searchLimitMs);
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("HOME", m_home.path().toLocal8Bit());
        m_bench = std::make_unique<VirtualPis>();
        if (!m_bench->whyNot().isEmpty())
            QSKIP(m_bench->whyNot().constData());
        QVERIFY(m_bench->enter());
        for (int pi = 1; pi <= pis; ++pi)
            QVERIFY(m_bench->add(pi, wordsOf(pi)) && m_bench->powerOn(pi));
        for (int pi = 1; pi <= pis; ++pi)
            QVERIFY(m_bench->waitReady(pi));
    }

    void everyPiIsFoundOnce()
    {
        // A responder announces itself for a second after its start, and may be slow to answer.
        DeviceSearch search;
        QSignalSpy finished(&search, &DeviceSearch::finished);
        for (int attempt = 0; attempt < 3 && namesOf(search) != every(); ++attempt) {
            search.start({});
            finish(search);
        }
        QCOMPARE(namesOf(search), every());
        for (const FoundDevice &device : search.devices()) {
            const int pi = device.name.mid(2).toInt();
            QVERIFY2(device.isRaspberryPi(), qPrintable(device.name + device.hardware));
            QCOMPARE(bool(device.seen & device::SeenIn::Service), !isStock(pi));
            QVERIFY(device.seen & device::SeenIn::NeighbourTable);
            QCOMPARE(device.host, device.name + QStringLiteral(".local"));
            QVERIFY(device.known.isEmpty());
        }
        QVERIFY(!finished.isEmpty());
    }

    void whatWasAskedIsTold()
    {
        DeviceSearch search;
        search.start({});
        finish(search);
        QCOMPARE(search.asked().size(), 2);
        QCOMPARE(search.asked()[0].interface, QStringLiteral("lan1"));
        QCOMPARE(search.asked()[0].sweep, QStringLiteral("10.77.0.0/24"));
        QCOMPARE(search.asked()[1].sweep, QStringLiteral("10.78.0.0/24"));
        for (const DeviceSearch::Asked &asked : search.asked()) {
            QCOMPARE(asked.rounds, 3);
            QVERIFY(asked.failure.isEmpty());
        }
    }

    void resultsComeBeforeTheEnd()
    {
        DeviceSearch search;
        search.start({});
        QTRY_VERIFY_WITH_TIMEOUT(!search.devices().isEmpty(), searchLimitMs);
        QVERIFY(search.isRunning());
    }

    void whatIsKnownIsNotFoundAgain()
    {
        QVERIFY(QDir(m_home.path()).mkpath(QStringLiteral(".ssh")));
        QFile config(m_home.filePath(QStringLiteral(".ssh/config")));
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write("Host shed\n  HostName 10.77.0.12\n  User pi\n");
        config.close();
        // Known by a name that nothing on the network tells; its host key is the same.
        QFile hosts(m_home.filePath(QStringLiteral(".ssh/known_hosts")));
        QVERIFY(hosts.open(QIODevice::WriteOnly));
        hosts.write("10.77.0.13 " + m_bench->run(3, "cat /etc/ssh/host_ed25519.pub").text);
        hosts.close();
        Device porch = m_bench->device(1);
        porch.name = QStringLiteral("porch");
        Device attic = m_bench->device(3);
        attic.name = QStringLiteral("attic");
        attic.host = QStringLiteral("attic.example.com");
        DeviceSearch search;
        search.start({porch, attic});
        finish(search);
        QVERIFY(config.remove() && hosts.remove());
        QStringList expected = every();
        expected.replaceInStrings(QStringLiteral("pi1 "), QStringLiteral("porch "));
        expected.replaceInStrings(QStringLiteral("pi2 "), QStringLiteral("shed "));
        expected.replaceInStrings(QStringLiteral("pi3 "), QStringLiteral("attic "));
        expected.sort();
        QCOMPARE(namesOf(search), expected);
        QStringList known;
        for (const FoundDevice &device : search.devices())
            known.append(device.known);
        known.removeAll(QString());
        QCOMPARE(known, (QStringList{QStringLiteral("attic"), QStringLiteral("porch")}));
    }

    void aLocalNameLeadsToItsMachine()
    {
        // There is no resolver for such names here.
        Device byName = m_bench->device(11);
        byName.host = QStringLiteral("PI11.local");
        device::SshSession session(byName);
        const auto opened = session.open(std::chrono::seconds(20)).result();
        QVERIFY2(opened, opened ? "" : opened.error().detail.c_str());
        byName.host = QStringLiteral("nobody.local");
        device::SshSession other(byName);
        const auto refused = other.open(std::chrono::seconds(20)).result();
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, runtime::ErrorCode::DeviceUnreachable);
    }

    void theCommandLineTellsTheSame()
    {
        QProcess program;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("EDGEWRIGHT_STATE"), m_home.path());
        program.setProcessEnvironment(environment);
        program.start(QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewright"),
                      {QStringLiteral("discover"), QStringLiteral("--json")});
        QVERIFY(program.waitForFinished(searchLimitMs));
        QCOMPARE(program.exitCode(), 0);
        const QJsonArray list = QJsonDocument::fromJson(program.readAllStandardOutput()).array();
        QCOMPARE(list.size(), pis);
        const QJsonObject first = list[0].toObject();
        QCOMPARE(first[QLatin1String("name")].toString(), QStringLiteral("pi1"));
        QCOMPARE(first[QLatin1String("address")].toString(), QStringLiteral("pi1.local"));
        QCOMPARE(first[QLatin1String("addresses")][0].toString(), QStringLiteral("10.77.0.11"));
        QVERIFY(first[QLatin1String("raspberry_pi")].toBool());
        QVERIFY(first[QLatin1String("known")].isNull());
        const QByteArray told = program.readAllStandardError();
        QVERIFY2(told.contains("Asked lan1 (10.77.0.0/24), lan2 (10.78.0.0/24)"), told.constData());
    }

    void aLostFirstQuestionIsAskedAgain()
    {
        QVERIFY(m_bench->shape(1, "loss=100"));
        DeviceSearch search;
        search.start({});
        QTRY_VERIFY_WITH_TIMEOUT(answersOf(search) == pis - 1 || !search.isRunning(),
                                 searchLimitMs);
        QVERIFY(search.isRunning());
        QVERIFY(m_bench->shape(1, ""));
        finish(search);
        QCOMPARE(namesOf(search), every());
    }

    void aPiThatBootsDuringTheSearchIsFound()
    {
        DeviceSearch search;
        // A busy machine may take longer to boot than a search lasts.
        for (int attempt = 0; attempt < 3 && namesOf(search) != every(); ++attempt) {
            QVERIFY(m_bench->powerOff(6));
            search.start({});
            QVERIFY(m_bench->powerOn(6));
            finish(search);
        }
        QCOMPARE(namesOf(search), every());
    }

    void nothingButMulticastIsSent()
    {
        DeviceSearch search;
        search.start({});
        finish(search);
        // Whom this computer speaks to, it looks for among its neighbours first, also in vain.
        QFile table(QStringLiteral("/proc/net/arp"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        const QByteArrayList lines = table.readAll().trimmed().split('\n');
        QCOMPARE(lines.size(), 1 + pis);
    }

    void aSearchThatIsStoppedTellsNothingMore()
    {
        DeviceSearch search;
        QSignalSpy finished(&search, &DeviceSearch::finished);
        connect(&search, &DeviceSearch::devicesChanged, &search, [&search] {
            if (!search.devices().isEmpty())
                search.stop(); // from within an answer
        });
        search.start({});
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), searchLimitMs);
        const QStringList then = namesOf(search);
        QTest::qWait(300);
        QCOMPARE(namesOf(search), then);
        QVERIFY(finished.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_Discovery)
#include "tst_discovery.moc"
