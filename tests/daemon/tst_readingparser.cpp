#include "runtime-bridge/daemon/readingparser.h"

#include <QTest>

using namespace runtime;

class TestReadingParser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsReadingsInALine_data();
    void findsReadingsInALine();
    void findsReadingsInAResult_data();
    void findsReadingsInAResult();
};

static QString dump(const std::vector<NamedNumber> &numbers)
{
    QStringList parts;
    for (const NamedNumber &number : numbers)
        parts << QString::fromStdString(number.name) + QLatin1Char('=') +
                     QString::number(number.value, 'g', 12);
    return parts.join(QLatin1Char(' '));
}

void TestReadingParser::findsReadingsInALine_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("readings");
    const auto row = [](const char *line, const char *readings) {
        QTest::newRow(line) << QByteArray(line) << QString::fromUtf8(readings);
    };
    row("lux:120", "lux=120");
    row("lux=120.5", "lux=120.5");
    row("lux:1,hum:2,temp:-3.5", "lux=1 hum=2 temp=-3.5");
    row("temp: 21.5 °C, humidity = 40%", "temp=21.5 humidity=40");
    row("temp=21.5C", "temp=21.5");
    row("speed:3m/s x:1", "speed=3 x=1");
    row(">teleplot:3.25", "teleplot=3.25");
    row("a:1\tb:2", "a=1 b=2");
    row("read 3 values: v1=1e3 v2=-2.5E-2", "v1=1000 v2=-0.025");
    row(R"({"lux": 12.5, "lamp": 1})", "lux=12.5 lamp=1");
    row("sensor.temp=4 room/kitchen:5", "sensor.temp=4 room/kitchen=5");
    row("温度:21.5", "温度=21.5");
    row("温度：21.5", "温度=21.5");
    row("it was temp=4.", "temp=4");
    row("gain=+3 tiny=.5", "gain=3 tiny=0.5");
    row("no numbers here", "");
    row("name: value", "");
    row("time=12:30:05", "");
    row("date=2026-11-21", "");
    row("2026-11-21T05:09:03 started", "");
    row("http://localhost:8080/x", "");
    row("address=192.168.1.7", "");
    row("version=1.2.3", "");
    row("id=0x1f mac=3c:22", "");
    row("rail=3V3", "");
    row("x=nan y=inf z=1", "z=1");
    row("user@host:22", "");
    row("", "");
    row("=5 :6", "");
}

void TestReadingParser::findsReadingsInALine()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, readings);
    QCOMPARE(dump(readingsInLine(line.toStdString())), readings);
}

void TestReadingParser::findsReadingsInAResult_data()
{
    QTest::addColumn<QByteArray>("result");
    QTest::addColumn<QString>("readings");
    const auto row = [](const char *result, const char *readings) {
        QTest::newRow(result) << QByteArray(result) << QString::fromUtf8(readings);
    };
    row(R"({"lux":12.5,"lamp":true,"name":"x","deep":{"n":1},"list":[1]})", "lamp=1 lux=12.5");
    row("4.5", "result=4.5");
    row("true", "");
    row("null", "");
    row("[1,2]", "");
    row(R"("7")", "");
    row(R"({"statusCode":200,"body":"x"})", "");
    row("not json", "");
}

void TestReadingParser::findsReadingsInAResult()
{
    QFETCH(QByteArray, result);
    QFETCH(QString, readings);
    QCOMPARE(dump(readingsInResult(result.toStdString())), readings);
}

QTEST_GUILESS_MAIN(TestReadingParser)
#include "tst_readingparser.moc"
