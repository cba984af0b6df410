#include "runtime-bridge/debug/dapclient.h"

#include <QJsonDocument>
#include <QPointer>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using runtime::DapChannel;
using runtime::DapClient;
using runtime::ErrorCode;
using runtime::Result;

namespace {

/// A peer that answers by the request's command.
constexpr const char *peer = R"(
import json, sys, time
def send(message):
    body = json.dumps(message).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    sys.stdout.buffer.flush()
def raw(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
held = []
while True:
    size = 0
    while (line := sys.stdin.buffer.readline().strip()):
        size = int(line.split(b":")[1])
    if not size:
        break
    message = json.loads(sys.stdin.buffer.read(size))
    command = message.get("command")
    answer = {"type": "response", "request_seq": message["seq"], "command": command,
              "success": True, "body": {"got": message.get("arguments")}}
    if message["type"] == "response":
        send({"type": "event", "event": "refused", "body": {"success": message["success"]}})
    elif command == "echo":
        send(answer)
    elif command == "twice":
        send(answer); send(answer)
    elif command == "refuse":
        send({**answer, "success": False, "message": "not today"})
    elif command == "hold":
        held.append(answer)
    elif command == "release":
        for one in [answer] + held[::-1]: send(one)
    elif command == "pieces":
        body = json.dumps(answer).encode()
        data = b"Some-Header: x\r\ncontent-length:%d\r\n\r\n" % len(body) + body
        for i in range(0, len(data), 7): raw(data[i:i + 7])
    elif command == "ask":
        send({"type": "request", "seq": 99, "command": "runInTerminal"}); send(answer)
    elif command == "large":
        send({**answer, "body": {"text": "x" * 3_000_000}})
    elif command == "too_large": raw(b"Content-Length: 99999999999\r\n\r\n")
    elif command == "bad_length": raw(b"Content-Length: many\r\n\r\n")
    elif command == "no_json": raw(b"Content-Length: 4\r\n\r\n[1,]")
    elif command == "endless": raw(b"x" * 8192)
    elif command == "stay": time.sleep(60)
    elif command == "leave": sys.exit(0)
)";

} // namespace

class TestDap : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void answersReachTheirRequests();
    void refusalIsAnError();
    void secondAnswerIsIgnored();
    void messagesInPieces();
    void largeMessage();
    void refusesWhatThePeerAsks();
    void noAnswerInTime();
    void contextThatIsGone();
    void endIsOneSignalAfterTheAnswers_data();
    void endIsOneSignalAfterTheAnswers();
    void requestAfterTheEnd();
    void answersWhatIsOpenWhenItIsDestroyed();
    void processThatStaysIsKilled();

private:
    void ask(const QString &command, std::chrono::milliseconds limit = std::chrono::seconds(10));
    void log(const QString &line) { m_log.append(line); }

    QTemporaryDir m_folder;
    QPointer<QProcess> m_process; ///< Owned by the channel.
    std::unique_ptr<DapClient> m_client;
    QStringList m_log; ///< "command: answer".
};

void TestDap::initTestCase()
{
    QFile script(m_folder.filePath(QStringLiteral("peer.py")));
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write(peer);
}

void TestDap::init()
{
    m_log.clear();
    auto process = std::make_unique<QProcess>();
    m_process = process.get();
    process->start(QStringLiteral("python3"), {QStringLiteral("-S"), QStringLiteral("-u"),
                                               m_folder.filePath(QStringLiteral("peer.py"))});
    QVERIFY(process->waitForStarted());
    m_client = std::make_unique<DapClient>(std::make_unique<DapChannel>(std::move(process)));
    connect(m_client.get(), &DapClient::lost, this,
            [this](const QString &evidence) { log(QStringLiteral("lost: ") + evidence); });
    connect(m_client.get(), &DapClient::happened, this,
            [this](const QString &event, const QJsonObject &body) {
                log(event + QStringLiteral(": ") +
                    QString::fromUtf8(QJsonDocument(body).toJson(QJsonDocument::Compact)));
            });
}

void TestDap::cleanup()
{
    m_client.reset();
    QTRY_VERIFY(!m_process); // left, and was collected
}

void TestDap::ask(const QString &command, std::chrono::milliseconds limit)
{
    m_client->request(
        command, {{QStringLiteral("a"), 1}}, this,
        [this, command](const Result<QJsonObject> &answer) {
            const QString words =
                answer ? QString::fromUtf8(QJsonDocument(*answer).toJson(QJsonDocument::Compact))
                       : QLatin1Char('!') + QString::fromStdString(answer.error().detail);
            log(command + QStringLiteral(": ") + words);
        },
        limit);
}

void TestDap::answersReachTheirRequests()
{
    ask(QStringLiteral("hold"));
    ask(QStringLiteral("echo"));
    ask(QStringLiteral("release"));
    QTRY_COMPARE(m_log, QStringList({QStringLiteral(R"(echo: {"got":{"a":1}})"),
                                     QStringLiteral(R"(release: {"got":{"a":1}})"),
                                     QStringLiteral(R"(hold: {"got":{"a":1}})")}));
}

void TestDap::refusalIsAnError()
{
    std::optional<runtime::Error> error;
    m_client->request(QStringLiteral("refuse"), {}, this, [&](const Result<QJsonObject> &answer) {
        if (!answer)
            error = answer.error();
    });
    QTRY_VERIFY(error);
    QCOMPARE(error->code, ErrorCode::DebuggerFailed);
    QCOMPARE(error->subject, std::string("refuse"));
    QCOMPARE(error->detail, std::string("not today"));
}

void TestDap::secondAnswerIsIgnored()
{
    ask(QStringLiteral("twice"));
    ask(QStringLiteral("echo"));
    QTRY_COMPARE(m_log, QStringList({QStringLiteral(R"(twice: {"got":{"a":1}})"),
                                     QStringLiteral(R"(echo: {"got":{"a":1}})")}));
}

void TestDap::messagesInPieces()
{
    ask(QStringLiteral("pieces"));
    QTRY_COMPARE(m_log, QStringList({QStringLiteral(R"(pieces: {"got":{"a":1}})")}));
}

void TestDap::largeMessage()
{
    qsizetype size = 0;
    m_client->request(QStringLiteral("large"), {}, this, [&](const Result<QJsonObject> &answer) {
        size = answer ? (*answer)[u"text"].toString().size() : -1;
    });
    QTRY_COMPARE(size, 3'000'000);
}

void TestDap::refusesWhatThePeerAsks()
{
    ask(QStringLiteral("ask"));
    QTRY_COMPARE(m_log, QStringList({QStringLiteral(R"(ask: {"got":{"a":1}})"),
                                     QStringLiteral(R"(refused: {"success":false})")}));
}

void TestDap::noAnswerInTime()
{
    ask(QStringLiteral("hold"), std::chrono::milliseconds(30));
    QTRY_COMPARE(m_log, QStringList({QStringLiteral("hold: !no answer within 30 ms")}));
    ask(QStringLiteral("release")); // with the answer that comes too late
    ask(QStringLiteral("echo"));
    QTRY_COMPARE(m_log.size(), 3);
}

void TestDap::contextThatIsGone()
{
    auto context = std::make_unique<QObject>();
    bool answered = false;
    m_client->request(QStringLiteral("echo"), {}, context.get(),
                      [&](const Result<QJsonObject> &) { answered = true; });
    context.reset();
    ask(QStringLiteral("echo"));
    QTRY_COMPARE(m_log.size(), 1);
    QVERIFY(!answered);
}

void TestDap::endIsOneSignalAfterTheAnswers_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("evidence");
    const auto row = [](const char *command, const char *evidence) {
        QTest::newRow(command) << QString::fromUtf8(command) << QString::fromUtf8(evidence);
    };
    row("leave", "the other side closed the connection");
    row("too_large", "bad header: Content-Length: 99999999999");
    row("bad_length", "bad header: Content-Length: many");
    row("no_json", "not a JSON object: [1,]");
    row("endless", "a header that does not end");
}

void TestDap::endIsOneSignalAfterTheAnswers()
{
    QFETCH(QString, command);
    QFETCH(QString, evidence);
    ask(QStringLiteral("hold"));
    ask(command);
    const QStringList expected{QStringLiteral("hold: !") + evidence,
                               command + QStringLiteral(": !") + evidence,
                               QStringLiteral("lost: ") + evidence};
    QTRY_COMPARE(m_log, expected);
    QVERIFY(!m_client->isOpen());
    QTest::qWait(0);
    QCOMPARE(m_log.size(), 3);
}

void TestDap::requestAfterTheEnd()
{
    ask(QStringLiteral("leave"));
    QTRY_COMPARE(m_log.size(), 2);
    ask(QStringLiteral("echo"));
    QCOMPARE(m_log.back(), QStringLiteral("echo: !the connection has ended"));
}

void TestDap::answersWhatIsOpenWhenItIsDestroyed()
{
    ask(QStringLiteral("hold"));
    m_client.reset();
    QCOMPARE(m_log, QStringList({QStringLiteral("hold: !the debugger was left")}));
}

void TestDap::processThatStaysIsKilled()
{
    ask(QStringLiteral("echo"));
    ask(QStringLiteral("stay"));
    QTRY_COMPARE(m_log.size(), 1);
    QSignalSpy finished(m_process.data(), &QProcess::finished);
    m_client.reset();
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(finished[0][1].value<QProcess::ExitStatus>(), QProcess::CrashExit);
}

QTEST_GUILESS_MAIN(TestDap)
#include "tst_dap.moc"
