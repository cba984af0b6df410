#include "device-manager/core/founddevices.h"
#include "device-manager/core/knownhosts.h"
#include "device-manager/core/sshconfig.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace device;

class tst_FoundDevices : public QObject
{
    Q_OBJECT

    /// "pi1=pi1.local [10.77.0.11] b8:…" for each, as it would be read.
    static QStringList dump(const FoundDevices &found)
    {
        QStringList lines;
        for (const FoundDevice &device : found.devices()) {
            QString line = device.name + QLatin1Char('=');
            if (!device.user.isEmpty())
                line += device.user + QLatin1Char('@');
            line += device.host;
            if (device.port != 22)
                line += QLatin1Char(':') + QString::number(device.port);
            line +=
                QStringLiteral(" [") + device.addresses.join(QLatin1Char(' ')) + QLatin1Char(']');
            if (!device.hardware.isEmpty())
                line += QLatin1Char(' ') + device.hardware;
            if (!device.known.isEmpty())
                line += QStringLiteral(" known as ") + device.known;
            lines.append(line);
        }
        return lines;
    }

    static Sighting answer(const char *host, const char *address, const char *interface = "eth0")
    {
        Sighting sighting;
        sighting.host = QLatin1String(host);
        sighting.address = QLatin1String(address);
        sighting.interface = QLatin1String(interface);
        return sighting;
    }

    static Sighting known(const char *name, const char *host)
    {
        Sighting sighting;
        sighting.source = SeenIn::Known;
        sighting.name = QLatin1String(name);
        sighting.host = QLatin1String(host);
        sighting.user = QStringLiteral("pi");
        return sighting;
    }

    static void write(const QString &path, const QByteArray &text)
    {
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

private Q_SLOTS:
    void aMachineThatAnswersTwiceIsOne()
    {
        FoundDevices found;
        QVERIFY(found.add(answer("pi1.local", "10.77.0.11")));
        QVERIFY(!found.add(answer("pi1.local", "10.77.0.11")));
        QCOMPARE(dump(found), QStringList{QStringLiteral("pi1=pi1.local [10.77.0.11]")});
    }

    void aKnownDeviceIsTheOneThatAnswers()
    {
        FoundDevices found;
        found.add(known("porch", "pi1.local"));
        found.add(answer("pi1.local", "10.77.0.11"));
        found.addHardware(QStringLiteral("10.77.0.11"), QStringLiteral("B8:27:EB:00:00:01"));
        QCOMPARE(dump(found),
                 QStringList{QStringLiteral(
                     "porch=pi@pi1.local [10.77.0.11] b8:27:eb:00:00:01 known as porch")});
    }

    void theOrderOfSightingsDoesNotMatter()
    {
        Sighting config;
        config.source = SeenIn::SshConfig;
        config.name = QStringLiteral("porch");
        config.host = config.address = QStringLiteral("10.77.0.11");
        config.user = QStringLiteral("pi");
        Sighting neighbour;
        neighbour.source = SeenIn::NeighbourTable;
        neighbour.address = QStringLiteral("10.77.0.11");
        neighbour.hardware = QStringLiteral("b8:27:eb:00:00:01");
        QList<Sighting> all{config, neighbour, answer("pi1.local", "10.77.0.11"),
                            answer("pi2.local", "10.77.0.12")};
        std::sort(all.begin(), all.end(), [](const Sighting &a, const Sighting &b) {
            return std::tie(a.host, a.hardware) < std::tie(b.host, b.hardware);
        });
        QStringList first;
        do {
            FoundDevices found;
            for (const Sighting &sighting : all)
                found.add(sighting);
            if (first.isEmpty())
                first = dump(found);
            QCOMPARE(dump(found), first);
        } while (std::next_permutation(all.begin(), all.end(), [](const auto &a, const auto &b) {
            return std::tie(a.host, a.hardware) < std::tie(b.host, b.hardware);
        }));
        QCOMPARE(first,
                 (QStringList{QStringLiteral("porch=pi@10.77.0.11 [10.77.0.11] b8:27:eb:00:00:01"),
                              QStringLiteral("pi2=pi2.local [10.77.0.12]")}));
    }

    void aHostKeyMakesTwoNamesOneMachine()
    {
        FoundDevices found;
        found.add(answer("pi1.local", "10.77.0.11"));
        Sighting other = known("porch", "porch.example.com");
        found.add(other);
        QCOMPARE(found.devices().size(), 2);
        Sighting both = answer("pi1.local", "10.77.0.11");
        both.hostKeys = {QStringLiteral("SHA256:one")};
        other.hostKeys = both.hostKeys;
        found.add(both);
        found.add(other);
        QCOMPARE(dump(found), QStringList{QStringLiteral(
                                  "porch=pi@porch.example.com [10.77.0.11] known as porch")});
    }

    void oneNameOnTwoNetworksIsTwoMachines()
    {
        FoundDevices found;
        found.add(known("porch", "raspberrypi.local"));
        found.add(answer("raspberrypi.local", "10.77.0.11", "eth0"));
        found.add(answer("raspberrypi.local", "10.78.0.11", "wlan0"));
        QCOMPARE(
            dump(found),
            (QStringList{QStringLiteral("porch=pi@raspberrypi.local [10.77.0.11] known as porch"),
                         QStringLiteral("raspberrypi=10.78.0.11 [10.78.0.11]")}));
    }

    void machinesBehindARepeaterStayApart()
    {
        FoundDevices found;
        found.add(answer("pi1.local", "10.77.0.11"));
        found.add(answer("pi2.local", "10.77.0.12"));
        for (const char *address : {"10.77.0.11", "10.77.0.12"})
            found.addHardware(QLatin1String(address), QStringLiteral("aa:bb:cc:00:00:01"));
        QCOMPARE(found.devices().size(), 2);
        // The same without names is a machine with two addresses.
        Sighting bare;
        bare.address = QStringLiteral("10.77.0.21");
        bare.hardware = QStringLiteral("aa:bb:cc:00:00:02");
        found.add(bare);
        bare.address = QStringLiteral("10.77.0.22");
        found.add(bare);
        QCOMPARE(found.devices().size(), 3);
    }

    void portsOfOneAddressAreMachinesOfTheirOwn()
    {
        FoundDevices found;
        Sighting first = known("a", "127.0.0.1");
        first.address = first.host;
        first.port = 4001;
        Sighting second = known("b", "127.0.0.1");
        second.address = second.host;
        second.port = 4002;
        found.add(first);
        found.add(second);
        QCOMPARE(found.devices().size(), 2);
    }

    void namesFitDevices()
    {
        FoundDevices found;
        found.add(answer("k\\252che pi.local", "10.77.0.11"));
        QCOMPARE(found.devices()[0].name, QStringLiteral("k-252che-pi"));
    }

    void theSshConfigurationIsReadWithWhatItIncludes()
    {
        QTemporaryDir home;
        qputenv("HOME", home.path().toLocal8Bit());
        write(home.filePath(QStringLiteral(".ssh/config")),
              "# porch\nInclude config.d/*\nHost porch shed\n  User=pi\n\tHostName \"10.0.0.7\"\n"
              "  Port 2222\nHost * !no\n  User other\nMatch host porch\n  User third\n");
        write(home.filePath(QStringLiteral(".ssh/config.d/lab")), "host lab\nhostname lab.local\n");
        QStringList lines;
        for (const SshConfigHost &host : sshConfigHosts())
            lines.append(host.alias + QLatin1Char('=') + host.user + QLatin1Char('@') +
                         host.hostName + QLatin1Char(':') + QString::number(host.port));
        QCOMPARE(lines, (QStringList{QStringLiteral("lab=@lab.local:22"),
                                     QStringLiteral("porch=pi@10.0.0.7:2222"),
                                     QStringLiteral("shed=pi@10.0.0.7:2222")}));
        // A file that includes itself ends too.
        write(home.filePath(QStringLiteral(".ssh/config")), "Include config\nHost a\n");
        QVERIFY(!sshConfigHosts().isEmpty());
    }

    void knownHostsTellTheKeysOfNamesAlsoHashedOnes()
    {
        QTemporaryDir folder;
        const QByteArray key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9"
                               "okWi0dh2l9GKJl";
        write(folder.filePath(QStringLiteral("hosts")),
              "pi1.local,10.0.0.9 " + key + "\n@revoked gone.local " + key +
                  "\n"
                  // "10.77.0.11" as ssh-keygen -H writes it.
                  "|1|orzyodhJadq37d37jZy9IPumYHk=|kMNqefav6qa8CazbTaew5eZS1Hg= " +
                  key + "\nno line of any meaning\n[pi1.local]:2222 " + key + "\n");
        const KnownHosts hosts(folder.filePath(QStringLiteral("hosts")));
        const QStringList fingerprint{
            QStringLiteral("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU")};
        QCOMPARE(hosts.fingerprints(QStringLiteral("pi1.local")), fingerprint);
        QCOMPARE(hosts.fingerprints(QStringLiteral("10.0.0.9")), fingerprint);
        QCOMPARE(hosts.fingerprints(QStringLiteral("10.77.0.11")), fingerprint);
        QCOMPARE(hosts.fingerprints(QStringLiteral("pi1.local"), 2222), fingerprint);
        QVERIFY(hosts.fingerprints(QStringLiteral("10.0.0.10")).isEmpty());
        QVERIFY(hosts.fingerprints(QStringLiteral("gone.local")).isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_FoundDevices)
#include "tst_founddevices.moc"
