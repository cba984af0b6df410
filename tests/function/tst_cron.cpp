#include "runtime-bridge/function/cron.h"

#include <QDateTime>
#include <QTest>

using namespace runtime;

/// Times are written as UTC, "2026-03-29 00:59:00"; a schedule's next ones follow each other.
class TestCron : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nextTimesAreThose_data();
    void nextTimesAreThose();
    void wrongExpressionsAreRefused_data();
    void wrongExpressionsAreRefused();
    void zonesHaveTheirOffsets_data();
    void zonesHaveTheirOffsets();
    void everyHourOfACenturyFollowsTheRule();
    void noSuchZoneIsAnError();
    void damagedZoneFilesAreRefused();
};

namespace {

std::int64_t utc(const char *text)
{
    return QDateTime::fromString(QString::fromLatin1(text) + QStringLiteral("Z"), Qt::ISODate)
        .toSecsSinceEpoch();
}

QString text(std::int64_t time)
{
    return QDateTime::fromSecsSinceEpoch(time, Qt::UTC)
        .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

} // namespace

void TestCron::nextTimesAreThose_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("zone");
    QTest::addColumn<QString>("from");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char *name, const char *expression, const char *zone,
                        const char *from, std::initializer_list<const char *> expected) {
        QStringList list;
        for (const char *time : expected)
            list << QString::fromLatin1(time);
        QTest::newRow(name) << expression << zone << from << list;
    };
    row("every minute", "* * * * *", "UTC", "2026-11-21 08:59:59",
        {"2026-11-21 09:00:00", "2026-11-21 09:01:00"});
    row("not the present second", "0 9 * * *", "", "2026-11-21 09:00:00", {"2026-11-22 09:00:00"});
    row("steps", "*/20 8-10/2 * * *", "", "2026-11-21 08:30:00",
        {"2026-11-21 08:40:00", "2026-11-21 10:00:00", "2026-11-21 10:20:00"});
    row("lists and names", "0 0 1 JAN,jul *", "", "2026-11-21 00:00:00",
        {"2027-01-01 00:00:00", "2027-07-01 00:00:00"});
    row("weekdays", "30 7 * * MON-FRI", "", "2026-11-20 08:00:00", // a Friday
        {"2026-11-23 07:30:00", "2026-11-24 07:30:00"});
    row("over the week's end", "0 0 * * SAT-MON", "", "2026-11-20 08:00:00",
        {"2026-11-21 00:00:00", "2026-11-22 00:00:00", "2026-11-23 00:00:00",
         "2026-11-28 00:00:00"});
    row("seven is Sunday", "0 0 * * 7", "", "2026-11-20 08:00:00", {"2026-11-22 00:00:00"});
    row("day or weekday", "0 0 13 * FRI", "", "2026-11-20 08:00:00",
        {"2026-11-27 00:00:00", "2026-12-04 00:00:00", "2026-12-11 00:00:00",
         "2026-12-13 00:00:00"});
    row("last day of the month", "0 0 L * *", "", "2027-01-31 01:00:00",
        {"2027-02-28 00:00:00", "2027-03-31 00:00:00"});
    row("leap day", "0 0 29 2 *", "", "2026-11-20 08:00:00",
        {"2028-02-29 00:00:00", "2032-02-29 00:00:00"});
    row("2100 has no leap day", "0 0 29 2 *", "", "2096-03-01 00:00:00", {"2104-02-29 00:00:00"});
    row("seconds first (Azure)", "*/30 5 * * * *", "", "2026-11-21 08:05:00",
        {"2026-11-21 08:05:30", "2026-11-21 09:05:00"});
    row("the year last (Tencent)", "0 0 12 1 1 * 2030", "", "2026-11-21 08:05:00",
        {"2030-01-01 12:00:00", ""});
    row("question marks", "0 0 12 ? * MON *", "", "2026-11-21 08:05:00", {"2026-11-23 12:00:00"});
    row("@daily", "@daily", "", "2026-11-21 08:05:00", {"2026-11-22 00:00:00"});
    row("@hourly", "@hourly", "", "2026-11-21 08:05:00", {"2026-11-21 09:00:00"});
    row("never", "0 0 30 2 *", "", "2026-11-21 08:05:00", {""});
    row("winter in Berlin", "0 3 * * *", "Europe/Berlin", "2026-11-21 00:00:00",
        {"2026-11-21 02:00:00"});
    row("summer in Berlin", "0 3 * * *", "Europe/Berlin", "2026-07-21 00:00:00",
        {"2026-07-21 01:00:00"});
    // 29 March 2026: 02:00 to 03:00 does not exist in Berlin; 25 October: it comes twice.
    row("a left out hour happens once, at its end", "0,30 2 * * *", "Europe/Berlin",
        "2026-03-28 02:00:00", {"2026-03-29 01:00:00", "2026-03-30 00:00:00"});
    row("after a left out hour", "0 3 * * *", "Europe/Berlin", "2026-03-28 03:00:00",
        {"2026-03-29 01:00:00", "2026-03-30 01:00:00"});
    row("every hour passes over what is left out", "30 * * * *", "Europe/Berlin",
        "2026-03-29 00:00:00", {"2026-03-29 00:30:00", "2026-03-29 01:30:00"});
    row("a repeated hour counts once", "30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00",
        {"2026-10-25 00:30:00", "2026-10-26 01:30:00"});
    row("also when asked in between", "30 2 * * *", "Europe/Berlin", "2026-10-25 01:10:00",
        {"2026-10-26 01:30:00"});
    row("every hour has both", "30 * * * *", "Europe/Berlin", "2026-10-25 00:00:00",
        {"2026-10-25 00:30:00", "2026-10-25 01:30:00", "2026-10-25 02:30:00"});
    row("every ten minutes through the change", "*/30 * * * *", "America/New_York",
        "2026-11-01 05:00:00",
        {"2026-11-01 05:30:00", "2026-11-01 06:00:00", "2026-11-01 06:30:00",
         "2026-11-01 07:00:00"});
    row("south", "0 9 * * *", "Australia/Sydney", "2026-10-03 12:00:00",
        {"2026-10-03 22:00:00", "2026-10-04 22:00:00"});
    row("half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03 00:00:00",
        {"2026-10-03 15:30:00", "2026-10-04 15:15:00"});
    row("quarter hours", "0 0 * * *", "Asia/Kathmandu", "2026-10-03 00:00:00",
        {"2026-10-03 18:15:00"});
    row("far ahead", "0 12 1 7 *", "Europe/Berlin", "2095-01-01 00:00:00", {"2095-07-01 10:00:00"});
    row("a day that a zone left out", "0 8 30 12 *", "Pacific/Apia", "2011-12-01 00:00:00",
        {"2011-12-30 10:00:00"});
}

void TestCron::nextTimesAreThose()
{
    QFETCH(QString, expression);
    QFETCH(QString, zone);
    QFETCH(QString, from);
    QFETCH(QStringList, expected);
    const Result<Cron> cron = Cron::parse(expression.toStdString());
    QVERIFY2(cron, cron ? "" : cron.error().detail.c_str());
    const Result<TimeZone> timeZone = TimeZone::load(zone.toStdString());
    QVERIFY2(timeZone, "the package tzdata brings the time zones");
    std::int64_t time = utc(qPrintable(from));
    for (const QString &wanted : expected) {
        const std::optional<std::int64_t> next = cron->next(time, *timeZone);
        QCOMPARE(next ? text(*next) : QString(), wanted);
        time = next.value_or(time);
    }
}

void TestCron::wrongExpressionsAreRefused_data()
{
    QTest::addColumn<QString>("expression");
    for (const char *wrong :
         {"", "* * * *", "* * * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
          "* * * 13 *", "* * * * 8", "*/0 * * * *", "a * * * *", "1- * * * *", ", * * * *",
          "@often", "* * * * MO", "5-x * * * *", "-1 * * * *"})
        QTest::newRow(wrong) << wrong;
}

void TestCron::wrongExpressionsAreRefused()
{
    QFETCH(QString, expression);
    QVERIFY(!Cron::parse(expression.toStdString()));
}

void TestCron::zonesHaveTheirOffsets_data()
{
    QTest::addColumn<QString>("zone");
    QTest::addColumn<QString>("time");
    QTest::addColumn<int>("offset");
    const auto row = [](const char *zone, const char *time, int minutes) {
        QTest::addRow("%s %s", zone, time) << zone << time << minutes * 60;
    };
    row("UTC", "2026-07-01 00:00:00", 0);
    row("Europe/Berlin", "2026-03-29 00:59:59", 60);
    row("Europe/Berlin", "2026-03-29 01:00:00", 120);
    row("Europe/Berlin", "2026-10-25 00:59:59", 120);
    row("Europe/Berlin", "2026-10-25 01:00:00", 60);
    row("Europe/Berlin", "2150-07-01 00:00:00", 120);
    row("Europe/Berlin", "1970-07-01 00:00:00", 60);
    row("America/New_York", "2200-12-01 00:00:00", -300);
    row("America/Sao_Paulo", "2060-01-01 00:00:00", -180);
    row("Europe/Dublin", "2060-01-01 00:00:00", 0);
    row("Europe/Dublin", "2060-07-01 00:00:00", 60);
    row("Asia/Shanghai", "2026-07-01 00:00:00", 480);
    row("Antarctica/Troll", "2050-07-01 00:00:00", 120);
    row("Asia/Gaza", "2026-01-01 00:00:00", 120);
    row("Pacific/Apia", "2011-12-30 09:59:59", -600);
    row("Pacific/Apia", "2011-12-30 10:00:00", 840);
}

void TestCron::zonesHaveTheirOffsets()
{
    QFETCH(QString, zone);
    QFETCH(QString, time);
    QFETCH(int, offset);
    const Result<TimeZone> timeZone = TimeZone::load(zone.toStdString());
    QVERIFY2(timeZone, "the package tzdata brings the time zones");
    const std::int64_t at = utc(qPrintable(time));
    const TimeZone::Stretch stretch = timeZone->at(at);
    QCOMPARE(stretch.offset, std::int64_t(offset));
    QVERIFY(stretch.begin <= at && at < stretch.end);
}

void TestCron::everyHourOfACenturyFollowsTheRule()
{
    // Rule and file agree where both speak, and stretches lie without gap beside each other.
    const Result<TimeZone> file = TimeZone::load("Europe/Berlin");
    const Result<TimeZone> rule = TimeZone::ofRule("CET-1CEST,M3.5.0,M10.5.0/3");
    QVERIFY(file && rule);
    std::int64_t time = utc("2000-01-01 00:00:00");
    int changes = 0;
    for (; time < utc("2099-12-31 00:00:00"); ++changes) {
        QCOMPARE(file->at(time).offset, rule->at(time).offset);
        QCOMPARE(file->at(time).end, rule->at(time).end);
        QCOMPARE(rule->at(rule->at(time).end).begin, rule->at(time).end);
        time = rule->at(time).end;
    }
    QCOMPARE(changes, 201);
}

void TestCron::noSuchZoneIsAnError()
{
    for (const char *name : {"Europe/Berlyn", "../../etc/passwd", "/etc/localtime", "Europe"})
        QVERIFY(!TimeZone::load(name));
}

void TestCron::damagedZoneFilesAreRefused()
{
    QFile file(QStringLiteral("/usr/share/zoneinfo/Europe/Berlin"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QVERIFY(TimeZone::parse({bytes.constData(), std::size_t(bytes.size())}, "whole"));
    int refused = 0;
    for (qsizetype size = 0; size < bytes.size() - 40; size += 7)
        refused += TimeZone::parse({bytes.constData(), std::size_t(size)}, "cut") ? 0 : 1;
    QCOMPARE(refused, int((bytes.size() - 40 + 6) / 7));
}

QTEST_GUILESS_MAIN(TestCron)
#include "tst_cron.moc"
