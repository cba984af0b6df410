#include "runtime-bridge/client/localruntime.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/client/localchannel.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

namespace runtime {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto startLimit = 10s;
constexpr auto retryInterval = 5ms;
constexpr std::size_t deathsAllowed = 3;

QString findProgram()
{
    const QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/edgewrightd");
    return QFileInfo(beside).isExecutable()
               ? beside
               : QStandardPaths::findExecutable(QStringLiteral("edgewrightd"));
}

} // namespace

LocalRuntime::LocalRuntime(Options options, QObject *parent)
    : QObject(parent), m_options(std::move(options))
{
    if (m_options.program.isEmpty())
        m_options.program = findProgram();
    if (m_options.folder.isEmpty())
        m_options.folder = QString::fromStdString(localRuntimeFolder().string());
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, &LocalRuntime::connectToRuntime);
}

LocalRuntime::~LocalRuntime() = default;

Client *LocalRuntime::client() const
{
    return m_client && m_client->isReady() ? m_client.get() : nullptr;
}

void LocalRuntime::start()
{
    m_deadline = Clock::now() + startLimit;
    m_launched = false;
    m_replacing = false;
    connectToRuntime();
}

void LocalRuntime::stop()
{
    m_retry.stop();
    m_client.reset();
}

void LocalRuntime::connectToRuntime()
{
    const std::filesystem::path socket = runtimeSocket(m_options.folder.toStdString());
    m_client = std::make_unique<Client>(
        std::make_unique<LocalChannel>(QString::fromStdString(socket.string())));
    connect(m_client.get(), &Client::ready, this, &LocalRuntime::onReady);
    // Queued: the client must not be replaced inside its own signal.
    connect(m_client.get(), &Client::lost, this, &LocalRuntime::onLost, Qt::QueuedConnection);
    m_client->open();
}

void LocalRuntime::onReady()
{
    if (m_programDigest.isEmpty())
        if (const Result<std::string> bytes = readFile(m_options.program.toStdString()))
            m_programDigest = QString::fromStdString(digestOf(*bytes));
    const bool otherBuild =
        !m_programDigest.isEmpty() && m_programDigest.toStdString() != m_client->hello().program;
    if (otherBuild && !m_replacing) {
        m_replacing = true;
        m_launched = false;
        (void)m_client->shutdown();
        return;
    }
    Q_EMIT ready();
}

void LocalRuntime::onLost(const Error &error)
{
    const bool wasServing = error.code != ErrorCode::RuntimeUnreachable && !m_replacing;
    if (wasServing) {
        const auto now = Clock::now();
        std::erase_if(m_deaths, [now](auto death) { return now - death > 60s; });
        m_deaths.push_back(now);
        if (m_deaths.size() > deathsAllowed) {
            Q_EMIT failed(error);
            return;
        }
        Q_EMIT lost(error);
        m_deadline = now + startLimit;
        m_launched = false;
    }
    if (!m_launched && !launch()) {
        Q_EMIT failed({ErrorCode::RuntimeMissing, m_options.program.toStdString(), error.detail});
        return;
    }
    if (Clock::now() > m_deadline) {
        Q_EMIT failed(error);
        return;
    }
    m_retry.start(retryInterval);
}

bool LocalRuntime::launch()
{
    m_launched = true;
    // The runtime takes a lock in its folder, so a second one started at the same time just leaves.
    return QFileInfo(m_options.program).isExecutable() &&
           QProcess::startDetached(m_options.program,
                                   {QStringLiteral("serve"), QStringLiteral("--folder"),
                                    m_options.folder, QStringLiteral("--detach")});
}

} // namespace runtime
