#include "runtime-bridge/controllers/localendpoint.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/controllers/webclient.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QStandardPaths>

namespace runtime {

using namespace std::chrono_literals;

namespace {

constexpr auto lookLimit = 3s;

QString findProgram()
{
    const QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/edgewrightd");
    return QFileInfo(beside).isExecutable()
               ? beside
               : QStandardPaths::findExecutable(QStringLiteral("edgewrightd"));
}

/// The last lines, where the runtime says why it gave up.
std::string endOfLog(const QString &folder)
{
    const Result<std::string> log =
        readFile((folder + QStringLiteral("/runtime.log")).toStdString());
    constexpr std::size_t enough = 600;
    return log ? log->substr(log->size() > enough ? log->size() - enough : 0) : std::string();
}

} // namespace

LocalEndpointOptions LocalEndpointOptions::fromEnvironment()
{
    LocalEndpointOptions options;
    bool isNumber = false;
    if (const int port = qEnvironmentVariableIntValue("EDGEWRIGHT_ENDPOINT_PORT", &isNumber);
        isNumber)
        options.port = port;
    return options;
}

LocalEndpoint::LocalEndpoint(Options options, QObject *parent)
    : QObject(parent), m_options(std::move(options)), m_web(std::make_unique<WebClient>())
{
    if (m_options.program.isEmpty())
        m_options.program = findProgram();
    if (m_options.folder.isEmpty())
        m_options.folder = QString::fromStdString((stateFolder() / "endpoint").string());
}

LocalEndpoint::~LocalEndpoint() = default;

std::string LocalEndpoint::address() const
{
    return "127.0.0.1:" + std::to_string(m_options.port);
}

QString LocalEndpoint::authFile() const
{
    return m_options.folder + QStringLiteral("/auth");
}

Controller::Reply<WhiskAccess> LocalEndpoint::start(std::stop_token stop)
{
    return andThen(look(stop), this, [this, stop](Presence presence) {
        if (presence == Presence::Ours)
            return access();
        if (presence == Presence::Another)
            return ready<WhiskAccess>(failure(ErrorCode::PortInUse, address(),
                                              "what answers there is no endpoint of ours"));
        return andThen(launch(), this, [this, stop] {
            return andThen(look(stop), this, [this](Presence then) {
                if (then == Presence::Ours)
                    return access();
                return ready<WhiskAccess>(failure(ErrorCode::ControllerUnreachable, address(),
                                                  endOfLog(m_options.folder)));
            });
        });
    });
}

/// Asks who is at the port. Only our own key opens our own endpoint: one of another user is
/// another.
Controller::Reply<LocalEndpoint::Presence> LocalEndpoint::look(std::stop_token stop)
{
    const Result<std::string> auth = readFile(authFile().toStdString());
    WebRequest request;
    request.url = QUrl(
        QString::fromStdString("http://" + address() + "/api/v1/namespaces/_/actions?limit=1"));
    const QByteArray key = auth ? QByteArray::fromStdString(*auth).trimmed() : QByteArray("none");
    request.headers = {{"Authorization", "Basic " + key.toBase64()}};
    request.limit = lookLimit;
    request.subject = address();
    return m_web->send(request, stop).then(this, [](const Result<WebReply> &reply) {
        if (!reply)
            return reply.error().code == ErrorCode::Cancelled
                       ? Result<Presence>(tl::unexpected(reply.error()))
                       : Result<Presence>(Presence::Nobody);
        const bool isOurs = reply->status == 200 && QJsonDocument::fromJson(reply->body).isArray();
        return Result<Presence>(isOurs ? Presence::Ours : Presence::Another);
    });
}

Controller::Reply<WhiskAccess> LocalEndpoint::access() const
{
    const Result<std::string> auth = readFile(authFile().toStdString());
    if (!auth)
        return ready<WhiskAccess>(tl::unexpected(auth.error()));
    return ready<WhiskAccess>(
        WhiskAccess{QUrl(QString::fromStdString("http://" + address())), QStringLiteral("_"),
                    QByteArray::fromStdString(*auth).trimmed().toStdString()});
}

/// The program leaves once the endpoint accepts, or with an error when it does not.
Controller::Reply<> LocalEndpoint::launch()
{
    if (!QFileInfo(m_options.program).isExecutable())
        return ready<void>(failure(ErrorCode::RuntimeMissing,
                                   m_options.program.isEmpty() ? std::string("edgewrightd")
                                                               : m_options.program.toStdString()));
    const auto promise = std::make_shared<QPromise<Result<>>>();
    promise->start();
    auto *const process = new QProcess(this);
    process->setStandardOutputFile(QProcess::nullDevice());
    process->setStandardErrorFile(QProcess::nullDevice());
    const auto end = [this, promise, process](bool isUp) {
        process->deleteLater();
        const std::string log = isUp ? std::string() : endOfLog(m_options.folder);
        const bool isTaken = log.find(wireName(ErrorCode::PortInUse)) != std::string::npos;
        if (promise->future().isFinished())
            return;
        promise->addResult(isUp ? Result<>()
                                : Result<>(failure(isTaken ? ErrorCode::PortInUse
                                                           : ErrorCode::ControllerUnreachable,
                                                   address(), log)));
        promise->finish();
    };
    connect(process, &QProcess::finished, this, [end](int code, QProcess::ExitStatus status) {
        end(code == 0 && status == QProcess::NormalExit);
    });
    connect(process, &QProcess::errorOccurred, this, [end](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            end(false);
    });
    process->start(m_options.program,
                   {QStringLiteral("serve"), QStringLiteral("--folder"), m_options.folder,
                    QStringLiteral("--detach"), QStringLiteral("--listen"),
                    QString::fromStdString(address()), QStringLiteral("--auth-file"), authFile()});
    return promise->future();
}

} // namespace runtime
