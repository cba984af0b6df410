#include "tests/daemon/triggertest.h"

#include <nlohmann/json.hpp>

#include <QFile>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>

#include <set>

namespace tests {

using namespace runtime;
using nlohmann::json;

void TriggerTest::startRuntime()
{
    seen.clear();
    QFile::remove(m_notes.filePath(QStringLiteral("notes")));
    this->runtime = std::make_unique<TestRuntime>();
    QVERIFY(this->runtime->start());
    listen();
}

void TriggerTest::restartRuntime()
{
    m_feed.reset();
    this->runtime->killHard();
    QVERIFY(this->runtime->start());
    listen();
}

void TriggerTest::endRuntime()
{
    m_feed.reset();
    this->runtime.reset();
}

Result<PutResult> TriggerTest::arm(const Trigger &trigger,
                                   const std::map<std::string, std::string> &environment,
                                   const std::string &dialect)
{
    writeFunction(dialect);
    FunctionSpec spec = TestRuntime::spec("f");
    spec.triggers = {trigger};
    spec.environment = environment;
    spec.environment["NOTES"] = m_notes.filePath(QStringLiteral("notes")).toStdString();
    spec.dialect = dialect;
    if (dialect == "openfaas")
        spec.handler = "main.handle";
    return this->runtime->putLinked(spec);
}

void TriggerTest::writeFunction(const std::string &dialect)
{
    const bool isText = dialect == "openfaas";
    const QByteArray head = isText ? "def handle(event):\n" : "def handler(event, context=None):\n";
    this->runtime->write(QStringLiteral("f"), QStringLiteral("main.py"),
                         "import json, os\n" + head +
                             "    text = event if isinstance(event, str) else json.dumps(event)\n"
                             "    if '\"bad\"' in text:\n"
                             "        raise ValueError('no such thing')\n"
                             "    with open(os.environ['NOTES'], 'a') as notes:\n"
                             "        notes.write(text + '\\n')\n"
                             "    return event\n");
}

std::vector<json> TriggerTest::noted() const
{
    QFile file(m_notes.filePath(QStringLiteral("notes")));
    std::vector<json> all;
    if (file.open(QIODevice::ReadOnly))
        while (!file.atEnd())
            if (json event = json::parse(file.readLine().toStdString(), nullptr, false);
                !event.is_discarded()) // else a worker was killed while it wrote
                all.push_back(std::move(event));
    return all;
}

TriggerState TriggerTest::state()
{
    const std::optional<FunctionState> function = this->runtime->state("f");
    return function && !function->triggers.empty() ? function->triggers.front() : TriggerState();
}

bool TriggerTest::waitUntilConnected()
{
    return QTest::qWaitFor(
        [this] {
            const TriggerState now = state();
            return !now.failing && !now.words.empty() && !now.words.starts_with("connects");
        },
        60'000);
}

bool TriggerTest::waitForTrouble(const std::string &part)
{
    return QTest::qWaitFor(
        [&] {
            const TriggerState now = state();
            return now.failing && now.words.find(part) != std::string::npos;
        },
        60'000);
}

bool TriggerTest::waitForSuccesses(std::size_t count)
{
    return QTest::qWaitFor([&] { return results().size() >= count; }, 60'000);
}

std::vector<std::string> TriggerTest::results() const
{
    std::vector<std::string> all;
    for (const Invocation &invocation : seen)
        if (invocation.outcome == Outcome::Result)
            all.push_back(invocation.result);
    return all;
}

QueueState TriggerTest::queue()
{
    const Result<std::vector<QueueState>> queues =
        TestRuntime::wait(this->runtime->client().queues());
    return queues && !queues->empty() ? queues->front() : QueueState();
}

std::string TriggerTest::waitForAll(const char *key, int count)
{
    const auto different = [&] {
        std::set<std::string> all;
        for (const json &event : noted())
            all.insert(event.value(key, json()).dump());
        return int(all.size());
    };
    if (QTest::qWaitFor([&] { return different() == count; }, 60'000))
        return {};
    const QueueState left = queue();
    std::string what = std::to_string(different()) + " of " + std::to_string(count) + ", " +
                       std::to_string(left.waiting) + " wait; " + state().words;
    if (const auto dead = TestRuntime::wait(this->runtime->client().deadLetters(left.name, 10)))
        for (const QueueMessage &message : *dead)
            what += "; dead: " + message.fault;
    return what;
}

void TriggerTest::listen()
{
    SubscribeRequest wanted;
    wanted.invocations = true;
    m_feed = this->runtime->client().subscribe(wanted);
    connect(m_feed.get(), &Subscription::happened, this, [this](const Happening &happening) {
        if (happening.kind == Happening::Kind::Invocation)
            seen.push_back(happening.invocation);
    });
}

quint16 freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return server.serverPort();
}

bool waitForPort(quint16 port, int milliseconds)
{
    return QTest::qWaitFor(
        [port] {
            QTcpSocket probe;
            probe.connectToHost(QHostAddress::LocalHost, port);
            return probe.waitForConnected(100);
        },
        milliseconds);
}

QString findServer(const QString &name)
{
    const QString found = QStandardPaths::findExecutable(name);
    return found.isEmpty() ? QStandardPaths::findExecutable(
                                 name, {QStringLiteral("/usr/sbin"), QStringLiteral("/usr/bin")})
                           : found;
}

void endProcess(QProcess &process)
{
    if (process.state() == QProcess::NotRunning)
        return;
    process.terminate();
    if (!process.waitForFinished(20'000))
        process.kill();
    process.waitForFinished();
}

} // namespace tests
