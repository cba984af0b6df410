#include "tests/daemon/testruntime.h"

#include "runtime-bridge/base/file.h"
#include "runtime-bridge/client/localchannel.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <csignal>

namespace tests {

using namespace runtime;

TestRuntime::TestRuntime()
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    if (qEnvironmentVariableIsSet("EDGEWRIGHT_TEST_LOG"))
        m_process.setProcessChannelMode(QProcess::ForwardedChannels);
}

TestRuntime::~TestRuntime()
{
    m_client.reset();
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(15'000))
        m_process.kill();
    m_process.waitForFinished(5'000);
}

bool TestRuntime::start()
{
    m_process.start(program, {QStringLiteral("serve"), QStringLiteral("--folder"), folder()});
    return m_process.waitForStarted() && connectClient();
}

std::unique_ptr<Client> TestRuntime::createClient()
{
    const QString socket = folder() + QStringLiteral("/runtime.sock");
    std::unique_ptr<Client> client;
    const bool ready = QTest::qWaitFor(
        [&] {
            const auto lost = std::make_shared<bool>(false); // the client outlives this call
            client = std::make_unique<Client>(std::make_unique<LocalChannel>(socket));
            QObject::connect(client.get(), &Client::lost, client.get(), [lost] { *lost = true; });
            client->open();
            return QTest::qWaitFor([&] { return client->isReady() || *lost; }, 5'000) &&
                   client->isReady();
        },
        10'000);
    if (!ready)
        return nullptr;
    return client;
}

bool TestRuntime::connectClient()
{
    m_client = createClient();
    if (!m_client)
        qWarning("runtime: %s", m_process.readAll().constData());
    return m_client != nullptr;
}

void TestRuntime::killHard()
{
    m_client.reset();
    m_process.kill();
    m_process.waitForFinished(5'000);
}

QString TestRuntime::write(const QString &function, const QString &file, const QByteArray &text)
{
    const QString root = m_sources.filePath(function);
    const QString path = root + QLatin1Char('/') + file;
    QDir().mkpath(QFileInfo(path).path());
    QFile out(path);
    if (!out.open(QIODevice::WriteOnly) || out.write(text) != text.size())
        qFatal("cannot write %s", qPrintable(path));
    return root;
}

FunctionSpec TestRuntime::spec(const std::string &name, const std::string &runtime)
{
    FunctionSpec spec;
    spec.name = name;
    spec.runtime = runtime;
    spec.handler = "main.handler";
    spec.dialect = "aws";
    return spec;
}

Result<PutResult> TestRuntime::putLinked(const FunctionSpec &spec, bool lease, bool armed)
{
    PutRequest request;
    request.manifest.spec = spec;
    request.root = m_sources.filePath(QString::fromStdString(spec.name)).toStdString();
    request.lease = lease;
    request.armed = armed;
    return wait(m_client->put(request));
}

PutRequest TestRuntime::bundleRequest(const FunctionSpec &spec)
{
    const auto root = m_sources.filePath(QString::fromStdString(spec.name)).toStdString();
    PutRequest request;
    const Result<Manifest> manifest = scanBundle(spec, root);
    if (!manifest)
        qFatal("%s", manifest.error().detail.c_str());
    request.manifest = *manifest;
    for (const BundleFile &file : request.manifest.files)
        request.blobs[file.digest] = *readFile(root + "/" + file.path);
    return request;
}

Result<PutResult> TestRuntime::putBundle(const FunctionSpec &spec)
{
    return wait(m_client->put(bundleRequest(spec)));
}

Result<Invocation> TestRuntime::invoke(const std::string &function, const std::string &event)
{
    return wait(m_client->invoke({function, event, "manual", {}}));
}

std::optional<FunctionState> TestRuntime::state(const std::string &function)
{
    const Result<std::vector<FunctionState>> all = wait(m_client->functions());
    if (all)
        for (const FunctionState &state : *all)
            if (state.spec.name == function)
                return state;
    return std::nullopt;
}

} // namespace tests
