#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/database.h"
#include "runtime-bridge/daemon/records.h"
#include "runtime-bridge/daemon/recordswriter.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <csignal>
#include <cstring>
#include <ctime>
#include <iostream>
#include <mutex>
#include <sys/resource.h>

using namespace runtime;

namespace {

std::vector<Reading> oneReading(const std::string &function, double value)
{
    return {{0, 0, 1'000, function, "lux", value, "sha256:b", "0123456789abcdef0123456789abcdef"}};
}

Invocation someInvocation(const std::string &function)
{
    Invocation v;
    v.id = createId();
    v.function = function;
    v.trigger = "http";
    v.bundle = "sha256:b";
    v.event = R"({"a":1})";
    v.outcome = Outcome::FunctionError;
    v.fault = {"ValueError", "no\0pe" + std::string(1, '\0'), {"f.py:3 in g", "f.py:9 in h"}};
    v.log = {{5, function, v.id, false, "one"}, {6, function, v.id, true, "two\nlines"}};
    v.logDropped = 7;
    v.cold = true;
    v.startUs = 123;
    v.queuedMs = 0.5;
    v.initMs = 2.5;
    v.durationMs = 1.25;
    v.memoryKb = 4096;
    return v;
}

/// The program run as a child: writes readings for ever and says which are stored.
int writeForEver(const char *file)
{
    const auto records = Records::open(file, [](const std::vector<Reading> &stored) {
        std::cout << stored.back().cursor << ' ' << stored.back().sequence << std::endl;
    });
    if (!records)
        return 1;
    for (int i = 0;; ++i) {
        (*records)->add(oneReading("child", i));
        (*records)->add(someInvocation("child"));
        const timespec pause{0, 200'000};
        nanosleep(&pause, nullptr);
    }
}

} // namespace

class TestRecords final : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::mutex m_mutex;
    std::vector<Reading> m_stored;

    std::string file() const
    {
        return m_folder->filePath(QStringLiteral("r.sqlite")).toStdString();
    }
    std::unique_ptr<Records> open(RecordLimits limits = {})
    {
        auto records = Records::open(
            file(),
            [this](const std::vector<Reading> &readings) {
                const std::lock_guard lock(m_mutex);
                m_stored.insert(m_stored.end(), readings.begin(), readings.end());
            },
            limits);
        return records ? std::move(*records) : nullptr;
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_stored.clear();
    }

    void invocationComesBackAsItWasWithItsLog()
    {
        const auto records = open();
        const Invocation in = someInvocation("f");
        records->add(in);
        const std::optional<Invocation> out = records->invocation(in.id);
        QVERIFY(out);
        QCOMPARE(out->id, in.id);
        QCOMPARE(out->function, in.function);
        QCOMPARE(out->trigger, in.trigger);
        QCOMPARE(out->bundle, in.bundle);
        QCOMPARE(out->event, in.event);
        QVERIFY(out->outcome == in.outcome);
        QVERIFY(out->fault == in.fault);
        QCOMPARE(out->log.size(), std::size_t(2));
        QCOMPARE(out->log[1].text, std::string("two\nlines"));
        QVERIFY(out->log[1].isError);
        QCOMPARE(out->log[1].invocation, in.id);
        QCOMPARE(out->logDropped, in.logDropped);
        QVERIFY(out->cold);
        QCOMPARE(out->startUs, in.startUs);
        QCOMPARE(out->queuedMs, in.queuedMs);
        QCOMPARE(out->initMs, in.initMs);
        QCOMPARE(out->durationMs, in.durationMs);
        QCOMPARE(out->memoryKb, in.memoryKb);
        QVERIFY(!records->invocation(createId()));
    }

    void logIsFoundByEveryId()
    {
        const auto records = open();
        for (const char *begin : {"00", "0000000000", "01", "ff"}) {
            Invocation in = someInvocation("f");
            in.id.replace(0, std::strlen(begin), begin);
            for (LogLine &line : in.log)
                line.invocation = in.id;
            records->add(in);
            const std::optional<Invocation> out = records->invocation(in.id);
            QVERIFY(out);
            QCOMPARE(out->log.size(), std::size_t(2));
        }
    }

    void chainsAreFoundByAnyOfTheirInvocations()
    {
        const auto records = open();
        std::vector<Invocation> chain;
        for (int i = 0; i < 3; ++i) {
            Invocation v = someInvocation("f");
            v.startUs = i;
            v.trace = traceOf(i == 0 ? Trace() : chain.back().trace, v.id);
            chain.push_back(v);
            records->add(v);
            records->add(someInvocation("other"));
        }
        for (const Invocation &each : chain) {
            const auto found = records->chain(each.id, 10);
            QCOMPARE(found.size(), std::size_t(3));
            for (std::size_t i = 0; i < found.size(); ++i) {
                QCOMPARE(found[i].id, chain[i].id);
                QCOMPARE(found[i].trace.id, chain[0].id);
                QCOMPARE(found[i].trace.span, chain[i].trace.span);
                QCOMPARE(found[i].trace.parent, chain[i].trace.parent);
            }
        }
        QCOMPARE(records->chain(chain[2].id, 2).size(), std::size_t(2));
        Invocation foreign = someInvocation("f"); // the one that caused it is not here
        foreign.trace = traceOf({std::string(32, 'a'), std::string(16, 'b'), {}, {}}, foreign.id);
        records->add(foreign);
        QCOMPARE(records->chain(std::string(32, 'a'), 10).at(0).trace.parent, std::string(16, 'b'));
        QVERIFY(records->chain(createId(), 10).empty());
    }

    void filesOfAnEarlierVersionGoOn()
    {
        const std::string old = createId();
        {
            Database before(file());
            before.execute(
                "CREATE TABLE names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
                "CREATE TABLE invocations(id INTEGER PRIMARY KEY, invocation BLOB NOT NULL, "
                "function INTEGER NOT NULL, trigger TEXT, bundle INTEGER, event TEXT, "
                "outcome TEXT, result TEXT, fault_type TEXT, fault_message TEXT, fault_stack TEXT, "
                "log_dropped INTEGER, cold INTEGER, start_us INTEGER, queued_ms REAL, "
                "init_ms REAL, duration_ms REAL, memory_kb INTEGER);"
                "CREATE TABLE sequences(function TEXT PRIMARY KEY, last INTEGER) WITHOUT ROWID;"
                "INSERT INTO names VALUES(1, 'f'); PRAGMA user_version=1");
            Statement(before.handle(), "INSERT INTO invocations VALUES(1,?1,1,'manual',1,'{}',"
                                       "'result','1','','','',0,0,5,0,0,1,1)")
                .run(packId(old));
        }
        const auto records = open();
        const Invocation added = someInvocation("f");
        records->add(added);
        QCOMPARE(records->invocations("f", 10).size(), std::size_t(2));
        QCOMPARE(records->invocation(old)->trace.id, old);
        QCOMPARE(records->chain(old, 10).size(), std::size_t(1));
        QVERIFY(!std::filesystem::exists(file() + ".damaged"));
    }

    void chainsMayBeginWithAZeroByte()
    {
        const auto records = open();
        Invocation first = someInvocation("f");
        first.id = "00" + std::string(30, 'a');
        first.trace = traceOf({}, first.id);
        Invocation second = someInvocation("f");
        second.trace = traceOf(first.trace, second.id);
        records->add(first);
        records->add(second);
        QCOMPARE(records->chain(first.id, 10).size(), std::size_t(2));
        QCOMPARE(records->chain(second.id, 10).size(), std::size_t(2));
    }

    void queriesSeeWhatIsQueuedInItsOrder()
    {
        const auto records = open();
        for (int i = 0; i < 300; ++i) {
            Invocation v = someInvocation(i % 3 ? "f" : "g");
            v.startUs = i;
            records->add(v);
            if (i % 50 == 0)
                QCOMPARE(records->invocations({}, 1).at(0).startUs, std::int64_t(i));
        }
        records->add(LogLine{9, "f", "", false, "started"});
        records->add(Switch{"f", "sha256:1", 1, 10});
        records->add(Switch{"f", "sha256:2", 2, 20});

        const auto newest = records->invocations("g", 2);
        QCOMPARE(newest.size(), std::size_t(2));
        QCOMPARE(newest[0].startUs, std::int64_t(297));
        QCOMPARE(newest[1].startUs, std::int64_t(294));
        QVERIFY(newest[0].log.empty());
        const auto lines = records->logs("f", 3);
        QCOMPARE(lines.size(), std::size_t(3));
        QCOMPARE(lines[2].text, std::string("started"));
        QCOMPARE(lines[0].text, std::string("one"));
        QCOMPARE(records->switches("f", 10).size(), std::size_t(2));
        QCOMPARE(records->switches("f", 1).at(0).bundle, std::string("sha256:2"));
        QVERIFY(records->invocations("unknown", 5).empty());
        QVERIFY(records->logs("unknown", 5).empty());
    }

    void sequencesGoOnAfterReopening()
    {
        std::uint64_t last = 0;
        for (int round = 0; round < 3; ++round) {
            const auto records = open();
            for (int i = 0; i < 5; ++i) {
                records->add(oneReading("f", round * 5 + i));
                records->add(oneReading("g", 0));
            }
            QVERIFY(records->lastCursor() > last);
            last = records->lastCursor();
        }
        const auto records = open();
        const auto readings = records->readings(0, 1'000, "f");
        QCOMPARE(readings.size(), std::size_t(15));
        for (std::size_t i = 0; i < readings.size(); ++i) {
            QCOMPARE(readings[i].sequence, std::uint64_t(i + 1));
            QCOMPARE(readings[i].value, double(i));
            QCOMPARE(readings[i].invocation, std::string("0123456789abcdef0123456789abcdef"));
            QVERIFY(i == 0 || readings[i].cursor > readings[i - 1].cursor);
        }
        QCOMPARE(records->readings(readings[9].cursor, 1, "f").at(0).sequence, std::uint64_t(11));
        QCOMPARE(records->readings(readings[14].cursor, 9, "f").size(), std::size_t(0));
        QCOMPARE(m_stored.size(), std::size_t(30));
        QCOMPARE(m_stored.back().cursor, last);
    }

    void sequencesGoOnWhenEveryReadingWasDeleted()
    {
        { // more than one batch over the limit, over enough transactions to tidy
            const auto records = open({10, 10, 10});
            for (int i = 0; i < 400; ++i) {
                records->add(std::vector<Reading>(50, oneReading("old", i).front()));
                (void)records->lastCursor(); // a transaction each
            }
            for (int i = 0; i < 200; ++i) {
                records->add(oneReading("new", i));
                (void)records->lastCursor();
            }
        }
        const auto records = open({10, 10, 10});
        QCOMPARE(records->readings(0, 10'000, "old").size(), std::size_t(0));
        const std::size_t kept = records->readings(0, 100'000, "new").size();
        QVERIFY2(kept >= 10 && kept < 150, std::to_string(kept).c_str());
        records->add(oneReading("old", 1));
        QCOMPARE(records->readings(0, 10'000, "old").at(0).sequence, std::uint64_t(400 * 50 + 1));
    }

    void invocationsAndLogsKeepTheirLimits()
    {
        const auto records = open({20, 30, 10});
        for (int i = 0; i < 300; ++i) {
            Invocation v = someInvocation("f");
            v.startUs = i;
            records->add(v);
            (void)records->lastCursor();
        }
        const auto invocations = records->invocations({}, 1'000);
        QVERIFY(invocations.size() >= 20 && invocations.size() < 100);
        QCOMPARE(invocations.front().startUs, std::int64_t(299));
        const auto lines = records->logs({}, 1'000);
        QVERIFY(lines.size() >= 30 && lines.size() < 200);
    }

    void whatWasReportedAsStoredSurvivesKill()
    {
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--write"), QString::fromStdString(file())});
        QByteArray said;
        const auto lines = [&] { return (said += child.readAllStandardOutput()).count('\n'); };
        QTRY_VERIFY(lines() > 10);
        ::kill(pid_t(child.processId()), SIGKILL);
        QVERIFY(child.waitForFinished());
        lines();
        const QByteArray last = said.left(said.lastIndexOf('\n')).split('\n').last();
        const auto cursor = last.split(' ').at(0).toULongLong();
        const auto sequence = last.split(' ').at(1).toULongLong();

        const auto records = open();
        auto readings = records->readings(0, 1'000'000, "child");
        QVERIFY(readings.size() >= sequence);
        for (std::size_t i = 0; i < readings.size(); ++i)
            QCOMPARE(readings[i].sequence, std::uint64_t(i + 1));
        QCOMPARE(readings[sequence - 1].cursor, std::uint64_t(cursor));
        records->add(oneReading("child", 0));
        QCOMPARE(records->readings(readings.back().cursor, 1, "child").at(0).sequence,
                 std::uint64_t(readings.size() + 1));
    }

    void damagedFileIsSetAsideAndCursorsStayUnique_data()
    {
        QTest::addColumn<bool>("running");
        QTest::newRow("found at start") << false;
        QTest::newRow("found while running") << true;
    }
    void damagedFileIsSetAsideAndCursorsStayUnique()
    {
        QFETCH(bool, running);
        auto records = open();
        for (int i = 0; i < 2'000; ++i)
            records->add(oneReading("f", i));
        const std::uint64_t before = records->lastCursor();
        records.reset(); // moves everything into the one file
        QFile bytes(QString::fromStdString(file()));
        QVERIFY(bytes.open(QIODevice::ReadWrite));
        if (running)
            records = open();
        // The first pages stay whole while running: SQLite looks at them again and again.
        const qint64 begin = running ? 4096 * 20 : 0;
        QVERIFY(bytes.size() > begin && bytes.seek(begin));
        bytes.write(QByteArray(int(bytes.size() - begin), '\x5a'));
        bytes.close();
        if (running)
            QVERIFY(records->readings(0, 10'000, "f").empty());
        else
            records = open();
        QVERIFY(records);
        records->add(oneReading("f", 7));
        QVERIFY(records->lastCursor() > before);
        QVERIFY(QFile::exists(QString::fromStdString(file() + ".damaged")));
        records->add(oneReading("f", 8));
        const auto readings = records->readings(before, 10'000, "f");
        QVERIFY(!readings.empty());
        QCOMPARE(readings.back().value, 8.0);
        QVERIFY(!records->trouble());
    }

    void fullDiskDropsCountsAndGoesOn()
    {
        const auto records = open();
        records->add(oneReading("f", 1));
        const std::uint64_t before = records->lastCursor();
        signal(SIGXFSZ, SIG_IGN);
        rlimit old{};
        getrlimit(RLIMIT_FSIZE, &old);
        const rlimit none{1'000, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &none);
        records->add(oneReading("f", 2));
        records->add(oneReading("f", 3));
        const std::uint64_t during = records->lastCursor();
        const std::optional<Error> trouble = records->trouble();
        setrlimit(RLIMIT_FSIZE, &old);

        QCOMPARE(during, before);
        QCOMPARE(records->dropped(), std::uint64_t(2));
        QVERIFY(trouble);
        QVERIFY(trouble->code == ErrorCode::FileUnwritable);
        records->add(oneReading("f", 4));
        const auto readings = records->readings(0, 10, "f");
        QCOMPARE(readings.size(), std::size_t(2));
        QCOMPARE(readings[1].value, 4.0);
        QCOMPARE(readings[1].sequence, std::uint64_t(4)); // the gap shows what was lost
        QVERIFY(!records->trouble());
    }

    void eightSeriesAtOneKilohertzCostLittle()
    {
        const auto records = open();
        QElapsedTimer wall;
        wall.start();
        const std::clock_t cpu = std::clock();
        // Two seconds' worth as fast as it can be taken, in the runtime's portions of one
        // millisecond.
        for (int tick = 0; tick < 2'000; ++tick) {
            std::vector<Reading> readings;
            for (int series = 0; series < 8; ++series) {
                readings.push_back(oneReading("f", tick).front());
                readings.back().series = "s" + std::to_string(series);
            }
            records->add(std::move(readings));
        }
        (void)records->lastCursor();
        const double used = double(std::clock() - cpu) / CLOCKS_PER_SEC;
        qInfo("16,000 readings in %lld ms, %.0f ms of CPU", wall.elapsed(), used * 1'000);
        QVERIFY2(used < 0.5, "a quarter of a core for 8 kHz is too much");
        const auto readings = records->readings(0, 100'000, {});
        QCOMPARE(readings.size(), std::size_t(16'000));
        for (std::size_t i = 0; i < readings.size(); ++i)
            QCOMPARE(readings[i].sequence, std::uint64_t(i + 1));
    }
};

int main(int argc, char **argv)
{
    if (argc == 3 && std::string_view(argv[1]) == "--write")
        return writeForEver(argv[2]);
    QCoreApplication app(argc, argv);
    TestRecords test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_records.moc"
