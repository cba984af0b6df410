#include "device-manager/core/readinglines.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using runtime::Reading;

class tst_ReadingLines : public QObject
{
    Q_OBJECT

    static Reading reading(const char *function, const char *series, double value)
    {
        return {1, 1, 1'700'000'000'000'001, function, series, value, "sha256:a3de2d2f00", ""};
    }

private Q_SLOTS:
    void aReadingIsALineOfInflux_data()
    {
        QTest::addColumn<QByteArray>("function");
        QTest::addColumn<QByteArray>("series");
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("plain") << QByteArray("night-light") << QByteArray("lux")
                               << QByteArray("night-light,bundle=a3de2d2,device=porch lux=0.1 "
                                             "1700000000000001000");
        QTest::newRow("signs") << QByteArray("a b,c=d") << QByteArray("x=y, z")
                               << QByteArray("a\\ b\\,c=d,bundle=a3de2d2,device=porch "
                                             "x\\=y\\,\\ z=0.1 1700000000000001000");
        QTest::newRow("a line's end") << QByteArray("f") << QByteArray("a\nb")
                                      << QByteArray("f,bundle=a3de2d2,device=porch a b=0.1 "
                                                    "1700000000000001000");
    }

    void aReadingIsALineOfInflux()
    {
        QFETCH(QByteArray, function);
        QFETCH(QByteArray, series);
        QFETCH(QByteArray, line);
        QCOMPARE(
            QByteArray::fromStdString(device::influxLine(reading(function, series, 0.1), "porch")),
            line);
    }

    void theFileOfPrometheusHasTheNewestOfEachSeries()
    {
        const QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("readings.prom"));
        device::PrometheusFile out(name, "po\"rch");
        QVERIFY(out.write());
        QVERIFY(!QFile::exists(name)); // nothing came
        out.add(reading("f", "lux", 1));
        out.add(reading("f", "lux", 2.5));
        out.add(reading("f", "lamp", 1));
        QVERIFY(out.write());
        out.add(reading("f", "lamp", 0));
        QVERIFY(out.write()); // within the second: later
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray first = file.readAll();
        QVERIFY(first.contains(
            "edgewright_reading{device=\"po\\\"rch\",function=\"f\",series=\"lux\"} 2.5\n"));
        QVERIFY(first.contains("series=\"lux\"} 1700000000.000001\n"));
        QVERIFY(first.contains(
            "edgewright_readings_total{device=\"po\\\"rch\",function=\"f\",series=\"lux\"} 2\n"));
        QCOMPARE(first.count("# TYPE"), 3);
        QVERIFY(out.write(true));
        file.close();
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("series=\"lamp\"} 0\n"));
    }

    void aFileThatCannotBeWrittenIsAnError()
    {
        device::PrometheusFile out(QStringLiteral("/proc/no/readings.prom"), "porch");
        out.add(reading("f", "lux", 1));
        QVERIFY(!out.write());
    }
};

QTEST_GUILESS_MAIN(tst_ReadingLines)
#include "tst_readinglines.moc"
