#include "device-manager/core/runtimeremoval.h"

#include "device-manager/core/readingstore.h"
#include "device-manager/core/runtimescript.h"
#include "device-manager/core/sshsession.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtConcurrent>

namespace device {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

RuntimeRemoval::RuntimeRemoval(Device device, SshAsk ask)
    : m_device(std::move(device)), m_ask(std::move(ask))
{
    m_worker.setMaxThreadCount(1);
}

RuntimeRemoval::~RuntimeRemoval()
{
    m_stop.request_stop();
    m_worker.waitForDone();
}

template<typename T, typename Work>
QFuture<Result<T>> RuntimeRemoval::run(std::stop_token stop, Work work)
{
    return QtConcurrent::run(&m_worker, [this, stop = std::move(stop), work]() -> Result<T> {
        // The caller's wish and our own end are the same to the work.
        std::stop_source either;
        const auto forward = [&either] { either.request_stop(); };
        const std::stop_callback onCaller(stop, forward);
        const std::stop_callback onEnd(m_stop.get_token(), forward);
        return work(either.get_token());
    });
}

QFuture<Result<RuntimeHoldings>> RuntimeRemoval::look(std::stop_token stop)
{
    return run<RuntimeHoldings>(std::move(stop),
                                [this](const std::stop_token &token) { return lookNow(token); });
}

QFuture<Result<>> RuntimeRemoval::remove(std::stop_token stop)
{
    return run<void>(std::move(stop),
                     [this](const std::stop_token &token) { return removeNow(token); });
}

Result<DeviceFacts> RuntimeRemoval::connectTo(SshSession &session, const std::stop_token &stop)
{
    if (const Result<> opened = session.open().result(); !opened)
        return tl::unexpected(opened.error());
    const Result<ExecResult> told = session.exec(deviceFactsScript(), {}, stop).result();
    if (!told)
        return tl::unexpected(told.error());
    DeviceFacts facts = deviceFactsFrom(told->output);
    if (facts.home.isEmpty() || !facts.stateFolder.startsWith(u'/'))
        return failure(ErrorCode::DeviceUnsuitable, m_device.name.toStdString(),
                       "it has no POSIX shell: " + told->errorOutput.trimmed().toStdString());
    return facts;
}

Result<RuntimeHoldings> RuntimeRemoval::lookNow(const std::stop_token &stop)
{
    SshSession session(m_device, m_ask);
    const std::stop_callback onStop(stop, [&session] { session.close(); });
    const Result<DeviceFacts> facts = connectTo(session, stop);
    if (!facts)
        return tl::unexpected(facts.error());
    RuntimeHoldings holdings;
    holdings.isInstalled = !facts->programDigest.isEmpty();
    if (!holdings.isInstalled)
        return holdings;
    ReadingStore store(m_device.name);
    const Result<std::uint64_t> cursor = store.lastCursor().result();
    if (!cursor)
        return tl::unexpected(cursor.error());
    const QString command =
        QStringLiteral("exec \"$HOME/%1\" kept --folder %2 --after %3")
            .arg(installedProgram(), shellQuoted(facts->stateFolder + QStringLiteral("/runtime")),
                 QString::number(*cursor));
    const Result<ExecResult> told = session.exec(command, {}, stop).result();
    if (!told)
        return tl::unexpected(told.error());
    // One that is damaged or too old to know the question is removed all the same.
    const QJsonObject kept = QJsonDocument::fromJson(told->output).object();
    for (const QJsonValue &name : kept.value(QStringLiteral("functions")).toArray())
        holdings.functions.append(name.toString());
    holdings.readingsNotFetched =
        std::uint64_t(std::max(0.0, kept.value(QStringLiteral("readings")).toDouble()));
    return holdings;
}

Result<> RuntimeRemoval::removeNow(const std::stop_token &stop)
{
    SshSession session(m_device, m_ask);
    const std::stop_callback onStop(stop, [&session] { session.close(); });
    const Result<DeviceFacts> facts = connectTo(session, stop);
    if (!facts)
        return tl::unexpected(facts.error());
    const Result<ExecResult> done =
        session.exec(runtimeScript(RuntimeTask::Remove, *facts), {}, stop).result();
    if (!done)
        return tl::unexpected(done.error());
    if (done->exitCode != 0)
        return failure(ErrorCode::DeviceRemovalFailed, m_device.name.toStdString(),
                       done->errorOutput.trimmed().toStdString());
    return {};
}

} // namespace device
