#include "tests/bench/peers.h"

#include "tests/daemon/testruntime.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTcpServer>
#include <QTcpSocket>

#include <signal.h>
#include <unistd.h>

namespace bench {

namespace {

void write(const QString &file, const QByteArray &text)
{
    QFile f(file);
    if (f.open(QIODevice::WriteOnly))
        f.write(text);
}

QList<qint64> childrenOf(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/task/%1/children").arg(pid));
    QList<qint64> all;
    if (file.open(QIODevice::ReadOnly))
        for (const QByteArray &child : file.readAll().split(' '))
            if (!child.trimmed().isEmpty())
                all.push_back(child.toLongLong());
    return all;
}

bool answers(int port, const QByteArray &request)
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), quint16(port));
    if (!socket.waitForConnected(1'000))
        return false;
    socket.write(request);
    return socket.waitForReadyRead(5'000);
}

} // namespace

Peer::~Peer()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    ::kill(-pid_t(m_process.processId()), SIGTERM); // with those that it started
    if (!m_process.waitForFinished(3'000)) {
        ::kill(-pid_t(m_process.processId()), SIGKILL);
        m_process.waitForFinished();
    }
}

bool Peer::start(const QString &program, const QStringList &arguments, const QString &folder,
                 int port)
{
    m_port = port;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("PORT"), QString::number(port));
    environment.insert(QStringLiteral("SLS_TELEMETRY_DISABLED"), QStringLiteral("1"));
    environment.insert(QStringLiteral("SLS_NOTIFICATIONS_MODE"), QStringLiteral("off"));
    m_process.setProcessEnvironment(environment);
    m_process.setWorkingDirectory(folder);
    m_process.setStandardOutputFile(folder + QStringLiteral("/out.log"));
    m_process.setStandardErrorFile(folder + QStringLiteral("/err.log"));
    m_process.setChildProcessModifier([] { ::setpgid(0, 0); });
    m_process.start(program, arguments);
    return m_process.waitForStarted() && firstAnswerMs(QStringLiteral("/")) > 0;
}

double Peer::firstAnswerMs(const QString &path)
{
    QElapsedTimer timer;
    timer.start();
    const QByteArray request =
        "GET " + path.toUtf8() + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    while (timer.elapsed() < 30'000) {
        if (answers(m_port, request))
            return double(timer.nsecsElapsed()) / 1e6;
        if (m_process.waitForFinished(2))
            return -1;
    }
    return -1;
}

double Peer::memoryKb() const
{
    return proportionalKb(m_process.processId(), true);
}

int gatewayPort(tests::TestRuntime &runtime)
{
    const auto address = tests::TestRuntime::wait(runtime.client().gateway());
    return address ? QString::fromStdString(*address).section(QLatin1Char(':'), 2).toInt() : 0;
}

int freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

double proportionalKb(qint64 pid, bool deep)
{
    double total = 0;
    QFile file(QStringLiteral("/proc/%1/smaps_rollup").arg(pid));
    if (file.open(QIODevice::ReadOnly))
        for (const QByteArray &line : file.readAll().split('\n'))
            if (line.startsWith("Pss:"))
                total = line.mid(4).trimmed().split(' ').constFirst().toDouble();
    if (deep)
        for (const qint64 child : childrenOf(pid))
            total += proportionalKb(child, true);
    return total;
}

QString peerProgram(const char *name)
{
    return QStringLiteral(EDGEWRIGHT_NPM_BENCH "/node_modules/.bin/") + QLatin1String(name);
}

std::unique_ptr<Peer> startServerlessOffline(const QString &folder)
{
    QDir().mkpath(folder);
    write(folder + QStringLiteral("/serverless.yml"),
          "service: bench\n"
          "frameworkVersion: '3'\n"
          "provider: {name: aws, runtime: python3.11}\n"
          "plugins: [serverless-offline]\n"
          "functions:\n"
          "  py: {handler: main.handler, events: [{http: {path: py, method: post}}]}\n"
          "  js: {handler: index.handler, runtime: nodejs20.x,"
          " events: [{http: {path: js, method: post}}]}\n");
    write(folder + QStringLiteral("/main.py"),
          "import json\n"
          "def handler(event, context):\n"
          "    return {'statusCode': 200, 'body': json.dumps({'n': 1})}\n");
    write(folder + QStringLiteral("/index.js"),
          "exports.handler = async (event) =>"
          " ({ statusCode: 200, body: JSON.stringify({ n: 1 }) });\n");
    QFile::link(QStringLiteral(EDGEWRIGHT_NPM_BENCH "/node_modules"),
                folder + QStringLiteral("/node_modules"));
    auto peer = std::make_unique<Peer>();
    const int port = freePort();
    const QStringList arguments{
        QStringLiteral("offline"),   QStringLiteral("--httpPort"),
        QString::number(port),       QStringLiteral("--lambdaPort"),
        QString::number(freePort()), QStringLiteral("--noPrependStageInUrl")};
    if (!peer->start(peerProgram("serverless"), arguments, folder, port))
        peer.reset();
    return peer;
}

std::unique_ptr<Peer> startFunctionsFramework(const QString &folder)
{
    QDir().mkpath(folder);
    write(folder + QStringLiteral("/index.js"),
          "exports.hello = (req, res) => res.json({ n: 1 });\n");
    auto peer = std::make_unique<Peer>();
    if (!peer->start(peerProgram("functions-framework"), {QStringLiteral("--target=hello")}, folder,
                     freePort()))
        peer.reset();
    return peer;
}

std::unique_ptr<Peer> startEcho()
{
    auto peer = std::make_unique<Peer>();
    const int port = freePort();
    if (!peer->start(QCoreApplication::applicationFilePath(),
                     {QStringLiteral("--echo"), QString::number(port)}, QDir::tempPath(), port))
        peer.reset();
    return peer;
}

} // namespace bench
