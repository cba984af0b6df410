// Every invocation has exactly one outcome, and no function runs twice for one: while workers are
// killed, functions reloaded and the runtime itself killed, all at random moments.
//   EDGEWRIGHT_INVOCATIONS=1000000 EDGEWRIGHT_KILLS=20 tst_outcomes     the long run
#include "tests/daemon/testruntime.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>

#include <csignal>
#include <map>

using namespace runtime;
using tests::TestRuntime;

namespace {

constexpr int outstanding = 64; ///< Invocations at a time.

int setting(const char *name, int otherwise)
{
    bool isNumber = false;
    const int value = qEnvironmentVariableIntValue(name, &isNumber);
    return isNumber ? value : otherwise;
}

QList<qint64> childrenOf(qint64 pid)
{
    QList<qint64> all;
    QFile file(QStringLiteral("/proc/%1/task/%1/children").arg(pid));
    if (file.open(QIODevice::ReadOnly))
        for (const QByteArray &child : file.readAll().split(' '))
            if (const qint64 number = child.trimmed().toLongLong(); number > 0)
                all.push_back(number);
    return all;
}

/// How invocations ended: the ledger of whoever asked.
struct Ledger {
    std::vector<std::uint8_t> outcomes; ///< How many each has.
    std::map<std::string, int> kinds;
    std::vector<bool> results; ///< It gave its own number back.
    int wrong = 0;             ///< It gave another.
};

} // namespace

class TestOutcomes final : public QObject
{
    Q_OBJECT

private:
    const int m_total = setting("EDGEWRIGHT_INVOCATIONS", 12'000);
    const int m_kills = setting("EDGEWRIGHT_KILLS", 3);
    std::unique_ptr<TestRuntime> m_runtime;
    QTemporaryDir m_folder;
    Ledger m_ledger;
    QRandomGenerator m_random{20'261'121};
    int m_sent = 0, m_open = 0, m_version = 0;
    int m_workersKilled = 0, m_reloads = 0;

    [[nodiscard]] QString executed() const { return m_folder.filePath(QStringLiteral("executed")); }

    void writeFunctions()
    {
        ++m_version;
        const QByteArray file = executed().toUtf8();
        m_runtime->write(QStringLiteral("py"), QStringLiteral("main.py"),
                         "import os\n"
                         "ledger = os.open('" +
                             file +
                             "', os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n"
                             "version = " +
                             QByteArray::number(m_version) +
                             "\n"
                             "def handler(event, context):\n"
                             "    os.write(ledger, b'%d\\n' % event['n'])\n"
                             "    return event['n']\n");
        m_runtime->write(QStringLiteral("js"), QStringLiteral("main.js"),
                         "const fs = require('fs');\n"
                         "const ledger = fs.openSync('" +
                             file +
                             "', 'a');\n"
                             "const version = " +
                             QByteArray::number(m_version) +
                             ";\n"
                             "exports.handler = async (event) => {\n"
                             "    fs.writeSync(ledger, `${event.n}\\n`);\n"
                             "    return event.n;\n"
                             "};\n");
    }

    void send()
    {
        const int number = m_sent++;
        ++m_open;
        const std::string text = std::to_string(number);
        const InvokeRequest request{number % 4 == 3 ? "js" : "py", "{\"n\":" + text + '}', "manual",
                                    "n-" + text};
        m_runtime->client().invoke(request).then(
            this, [this, number](const Result<Invocation> &answer) {
                --m_open;
                ++m_ledger.outcomes[std::size_t(number)];
                ++m_ledger.kinds[std::string(answer ? wireName(answer->outcome)
                                                    : wireName(answer.error().code))];
                if (answer && answer->outcome == Outcome::Result) {
                    m_ledger.results[std::size_t(number)] = true;
                    m_ledger.wrong += answer->result == std::to_string(number) ? 0 : 1;
                }
            });
    }

    /// Kills one process that runs a function.
    void killWorker()
    {
        QList<qint64> workers;
        for (const qint64 child : childrenOf(m_runtime->pid())) {
            const QList<qint64> forked = childrenOf(child); // Python's parent and its workers
            workers += forked.isEmpty() ? QList<qint64>{child} : forked;
        }
        if (!workers.isEmpty() &&
            ::kill(pid_t(workers[m_random.bounded(workers.size())]), SIGKILL) == 0)
            ++m_workersKilled;
    }

    void disturb()
    {
        const int dice = m_random.bounded(2'000);
        if (dice < 2) {
            killWorker();
        } else if (dice == 2) {
            writeFunctions();
            ++m_reloads;
        }
    }

    bool startAgain()
    {
        return m_runtime->start() && m_runtime->putLinked(TestRuntime::spec("py")) &&
               m_runtime->putLinked(TestRuntime::spec("js", "nodejs"));
    }

    /// Sends up to \a limit; what is open stays open.
    void sendUntil(int limit)
    {
        while (m_sent < limit) {
            while (m_open < outstanding && m_sent < limit) {
                send();
                disturb();
            }
            const int now = m_open;
            QVERIFY(QTest::qWaitFor([&] { return m_open < now; }, 20'000));
        }
    }

    [[nodiscard]] std::vector<std::uint8_t> runs() const
    {
        std::vector<std::uint8_t> counts(std::size_t(m_total), 0);
        QFile file(executed());
        if (file.open(QIODevice::ReadOnly))
            while (!file.atEnd())
                if (const int number = file.readLine().trimmed().toInt(); number < m_total)
                    ++counts[std::size_t(number)];
        return counts;
    }

private Q_SLOTS:
    void everyInvocationHasOneOutcome()
    {
        m_runtime = std::make_unique<TestRuntime>();
        m_ledger.outcomes.resize(std::size_t(m_total));
        m_ledger.results.resize(std::size_t(m_total));
        writeFunctions();
        QVERIFY(startAgain());
        for (int life = 1; life <= m_kills + 1; ++life) {
            sendUntil(int(std::int64_t(m_total) * life / (m_kills + 1)));
            if (life <= m_kills) {
                m_runtime->process().kill();
                QVERIFY(m_runtime->process().waitForFinished());
                QVERIFY(QTest::qWaitFor([&] { return m_open == 0; }, 10'000));
                QVERIFY(startAgain());
            }
        }
        QVERIFY(QTest::qWaitFor([&] { return m_open == 0; }, 20'000));
        for (const auto &[kind, count] : m_ledger.kinds)
            qInfo("%8d %s", count, kind.c_str());
        qInfo("%8d workers killed, %d reloads, the runtime %d times", m_workersKilled, m_reloads,
              m_kills);

        QCOMPARE(std::ranges::count(m_ledger.outcomes, 1),
                 m_total); // none lost, none answered twice
        QCOMPARE(m_ledger.wrong, 0);
        const std::vector<std::uint8_t> executions = runs();
        for (std::size_t i = 0; i < executions.size(); ++i) {
            QVERIFY2(executions[i] <= 1, ("ran twice: " + std::to_string(i)).c_str());
            QVERIFY2(executions[i] == 1 || !m_ledger.results[i],
                     ("a result of what never ran: " + std::to_string(i)).c_str());
        }
        // The disturbances were there, and most invocations passed between them.
        QVERIFY(m_workersKilled > 0 && m_reloads > 0);
        QVERIFY(std::ranges::count(m_ledger.results, true) > m_total * 9 / 10);
    }
};

QTEST_GUILESS_MAIN(TestOutcomes)
#include "tst_outcomes.moc"
