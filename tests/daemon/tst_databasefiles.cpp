#include "tests/daemon/triggertest.h"

#include <nlohmann/json.hpp>

#include <sqlite3.h>

#include <QFile>

using namespace runtime;
using nlohmann::json;
using namespace std::chrono_literals;

/// SQLite files that a program of others writes.
class TestDatabaseFiles : public tests::TriggerTest
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void newRowsAreEvents_data();
    void newRowsAreEvents();
    void rowsWithoutAKeyHaveTheirRowid();
    void nothingIsLostThroughKills();
    void keysThatComeAgainAreSeen();
    void aWriterThatHoldsTheFileIsWaitedFor();
    void whatFailsIsTriedAgainAndKeptAside();
    void troubleIsTold();

private:
    [[nodiscard]] std::string file() const
    {
        return m_folder->filePath(QStringLiteral("app.db")).toStdString();
    }
    [[nodiscard]] SqliteTrigger trigger(const std::string &key = "id") const
    {
        return {file(), "orders", key};
    }
    void open();
    bool run(const std::string &sql)
    {
        return sqlite3_exec(m_writer, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    sqlite3 *m_writer = nullptr;
};

void TestDatabaseFiles::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    open();
    startRuntime();
}

void TestDatabaseFiles::cleanup()
{
    endRuntime();
    sqlite3_close(std::exchange(m_writer, nullptr));
}

void TestDatabaseFiles::open()
{
    QCOMPARE(sqlite3_open(file().c_str(), &m_writer), SQLITE_OK);
    sqlite3_busy_timeout(m_writer, 30'000);
    QVERIFY(run("CREATE TABLE orders(id INTEGER PRIMARY KEY, item TEXT, price REAL, raw BLOB);"
                "INSERT INTO orders(item) VALUES('before')"));
}

void TestDatabaseFiles::newRowsAreEvents_data()
{
    QTest::addColumn<QString>("mode");
    QTest::newRow("wal") << QStringLiteral("WAL");
    QTest::newRow("journal") << QStringLiteral("DELETE");
}

void TestDatabaseFiles::newRowsAreEvents()
{
    QFETCH(QString, mode);
    QVERIFY(run("PRAGMA journal_mode=" + mode.toStdString()));
    QVERIFY_OK(arm(trigger()));
    QVERIFY2(state().words.starts_with("follows the rows of orders"), state().words.c_str());
    QVERIFY(run("INSERT INTO orders(item, price, raw) VALUES('lamp', 12.5, x'ff00')"));
    QVERIFY(waitForSuccesses(1));
    QVERIFY(run("BEGIN; INSERT INTO orders(item) VALUES('two'), ('three'); COMMIT"));
    QVERIFY(run("BEGIN; INSERT INTO orders(item) VALUES('never'); ROLLBACK"));
    QVERIFY(run("UPDATE orders SET item = 'other' WHERE id = 1"));
    QVERIFY(run("INSERT INTO orders(item) VALUES('four')"));
    QVERIFY(waitForSuccesses(4));
    const json event = json::parse(seen[0].event);
    QCOMPARE(seen[0].trigger, std::string("database"));
    QCOMPARE(event["table"].get<std::string>(), std::string("orders"));
    QCOMPARE(event["key"].get<int>(), 2);
    QCOMPARE(event["row"].dump(),
             std::string(R"({"id":2,"item":"lamp","price":12.5,"raw":"/wA="})"));
    QCOMPARE(json::parse(seen[3].event)["row"]["item"].get<std::string>(), std::string("four"));
    QVERIFY(json::parse(seen[3].event)["row"]["price"].is_null());
    QCOMPARE(seen.size(), std::size_t(4));
}

void TestDatabaseFiles::rowsWithoutAKeyHaveTheirRowid()
{
    QVERIFY(run("CREATE TABLE \"my \"\"notes\"(text TEXT)"));
    SqliteTrigger wanted{file(), "my \"notes", ""};
    QVERIFY_OK(arm(wanted));
    QVERIFY(run("INSERT INTO \"my \"\"notes\" VALUES('hello')"));
    QVERIFY(waitForSuccesses(1));
    QCOMPARE(json::parse(seen[0].event)["key"].get<int>(), 1);
    QCOMPARE(json::parse(seen[0].event)["row"].dump(), std::string(R"({"text":"hello"})"));
}

void TestDatabaseFiles::nothingIsLostThroughKills()
{
    QVERIFY(run("PRAGMA journal_mode=WAL"));
    QVERIFY_OK(arm(trigger()));
    int count = 0;
    for (int round = 0; round < 3; ++round) {
        const std::size_t before = noted().size();
        for (int i = 0; i < 150; ++i, ++count)
            QVERIFY(run("INSERT INTO orders(item) VALUES('" + std::to_string(count) + "')"));
        QVERIFY(QTest::qWaitFor([&] { return noted().size() > before + 5; }, 60'000));
        runtime->killHard();
        QVERIFY(run("INSERT INTO orders(item) VALUES('away')"));
        ++count;
        restartRuntime();
    }
    const std::string missing = waitForAll("key", count);
    QVERIFY2(missing.empty(), missing.c_str());
    // Each is in the queue once: only what ran while it was killed runs again.
    QVERIFY2(noted().size() <= std::size_t(count) + 3, std::to_string(noted().size()).c_str());
}

void TestDatabaseFiles::keysThatComeAgainAreSeen()
{
    QVERIFY_OK(arm(trigger()));
    QVERIFY(run("INSERT INTO orders(item) VALUES('second')"));
    QVERIFY(waitForSuccesses(1));
    QVERIFY(run("DELETE FROM orders"));
    // The runtime looks at least every few seconds.
    QTest::qWait(5'000);
    QVERIFY(run("INSERT INTO orders(item) VALUES('first again')"));
    QVERIFY(waitForSuccesses(2));
    QCOMPARE(json::parse(seen[1].event)["key"].get<int>(), 1);
}

void TestDatabaseFiles::aWriterThatHoldsTheFileIsWaitedFor()
{
    QVERIFY_OK(arm(trigger()));
    QVERIFY(run("BEGIN EXCLUSIVE; INSERT INTO orders(item) VALUES('held')"));
    QTest::qWait(300);
    QVERIFY2(!state().failing, state().words.c_str());
    QVERIFY(run("COMMIT"));
    QVERIFY(waitForSuccesses(1));
}

void TestDatabaseFiles::whatFailsIsTriedAgainAndKeptAside()
{
    SqliteTrigger wanted = trigger();
    wanted.retry = {2, 20ms};
    QVERIFY_OK(arm(wanted));
    QVERIFY(run("INSERT INTO orders(item) VALUES('bad'), ('good')"));
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), std::size_t(3), 60'000);
    QTRY_COMPARE(queue().dead, std::uint64_t(1));
    QVERIFY(queue().name.starts_with("database.f."));
}

void TestDatabaseFiles::troubleIsTold()
{
    SqliteTrigger wanted = trigger();
    wanted.table = "missing";
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("no such table"), state().words.c_str());
    // It comes later, and its first row is new then.
    QVERIFY(run("CREATE TABLE missing(id INTEGER PRIMARY KEY)"));
    QVERIFY(QTest::qWaitFor([this] { return !state().failing; }, 60'000));
    QVERIFY(run("INSERT INTO missing VALUES(7)"));
    QVERIFY(waitForSuccesses(1));
    QVERIFY_OK(arm(trigger("item")));
    QVERIFY(run("INSERT INTO orders(item) VALUES('zzz')"));
    QVERIFY2(waitForTrouble("no whole numbers"), state().words.c_str());
    wanted.file = m_folder->filePath(QStringLiteral("none.db")).toStdString();
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("there is no file"), state().words.c_str());
    QFile other(m_folder->filePath(QStringLiteral("other.db")));
    QVERIFY(other.open(QIODevice::WriteOnly) && other.write(QByteArray(5'000, 'x')) > 0);
    other.close();
    wanted.file = other.fileName().toStdString();
    QVERIFY_OK(arm(wanted));
    QVERIFY2(waitForTrouble("not a database"), state().words.c_str());
}

QTEST_GUILESS_MAIN(TestDatabaseFiles)
#include "tst_databasefiles.moc"
