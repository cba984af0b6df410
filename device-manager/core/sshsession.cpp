#include "device-manager/core/sshsession.h"

#include "device-manager/core/sshloop.h"
#include "device-manager/core/sshstream.h"
#include "device-manager/core/sshterminal.h"
#include "device-manager/core/sshunixchannel.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/id.h"

#include <QMetaObject>
#include <QPromise>

#include <atomic>

namespace device {

using runtime::Error;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr qsizetype outputLimit = 16 << 20;

template<typename T> void answer(QPromise<Result<T>> &promise, Result<T> result)
{
    promise.addResult(std::move(result));
    promise.finish();
}

/// A command under way: gathers its output on the I/O thread.
struct Execution {
    QPromise<Result<ExecResult>> promise;
    ExecResult result;
    std::atomic<bool> isTooMuch = false;
    std::optional<std::stop_callback<std::function<void()>>> onStop;
};

} // namespace

QString shellQuoted(const QString &text)
{
    QString quoted = text;
    quoted.replace(QLatin1Char('\''), QStringLiteral("'\\''"));
    return QLatin1Char('\'') + quoted + QLatin1Char('\'');
}

SshSession::SshSession(Device device, SshAsk ask, QObject *parent)
    : QObject(parent), m_loop(std::make_shared<SshLoop>(std::move(device), std::move(ask)))
{
}

SshSession::~SshSession()
{
    close();
}

QFuture<Result<>> SshSession::open(std::chrono::milliseconds limit)
{
    auto promise = std::make_shared<QPromise<Result<>>>(); // std::function must be copyable
    promise->start();
    const QFuture<Result<>> future = promise->future();
    const std::shared_ptr<SshLoop> loop = this->loop();
    if (!loop) {
        answer(*promise, Result<>(failure(ErrorCode::Cancelled, {})));
        return future;
    }
    loop->start(
        limit, [promise](Result<> result) { answer(*promise, std::move(result)); },
        // The loop's thread is joined before this object is gone.
        [this](const Error &error) {
            QMetaObject::invokeMethod(
                this, [this, error] { Q_EMIT lost(error); }, Qt::QueuedConnection);
        });
    return future;
}

void SshSession::close()
{
    std::shared_ptr<SshLoop> loop;
    {
        const std::lock_guard lock(m_mutex);
        loop = std::exchange(m_loop, nullptr);
    }
    if (loop)
        loop->stop();
}

std::shared_ptr<SshLoop> SshSession::loop() const
{
    const std::lock_guard lock(m_mutex);
    return m_loop;
}

QFuture<Result<ExecResult>> SshSession::exec(const QString &command, const QByteArray &input,
                                             std::stop_token stop)
{
    const auto feed = [&input](SshStream &stream) {
        stream.write(input);
        stream.end();
    };
    return run(command, feed, std::move(stop));
}

QFuture<Result<ExecResult>> SshSession::execFrom(const QString &command,
                                                 std::function<QByteArray()> source,
                                                 std::stop_token stop)
{
    const auto feed = [&source](SshStream &stream) { stream.source = std::move(source); };
    return run(command, feed, std::move(stop));
}

QFuture<Result<ExecResult>> SshSession::run(const QString &command,
                                            const std::function<void(SshStream &)> &feed,
                                            std::stop_token stop)
{
    // Shared by the functions of one stream.
    auto execution = std::make_shared<Execution>();
    execution->promise.start();
    QFuture<Result<ExecResult>> future = execution->promise.future();
    const std::shared_ptr<SshLoop> loop = this->loop();
    if (!loop || stop.stop_requested()) {
        answer(execution->promise, Result<ExecResult>(failure(ErrorCode::Cancelled, {})));
        return future;
    }
    // The login shell may be any; the command is for sh.
    const QString line = QStringLiteral("exec sh -c ") + shellQuoted(command);
    auto stream = std::make_shared<SshStream>(SshStream::Kind::Command, line.toUtf8());
    const std::weak_ptr<SshStream> weak = stream;
    stream->received = [execution, weak](const QByteArray &bytes, bool fromStandardError) {
        QByteArray &sink =
            fromStandardError ? execution->result.errorOutput : execution->result.output;
        sink += bytes;
        if (sink.size() > outputLimit) {
            execution->isTooMuch = true;
            if (const auto self = weak.lock())
                self->close();
        }
    };
    stream->finished = [execution](Result<int> exitCode) {
        execution->onStop.reset();
        Result<ExecResult> result = tl::unexpected(Error{});
        if (exitCode) {
            execution->result.exitCode = *exitCode;
            result = std::move(execution->result);
        } else if (execution->isTooMuch) {
            result = failure(ErrorCode::DeviceUnsuitable, {}, "a command wrote too much");
        } else {
            result = tl::unexpected(exitCode.error());
        }
        answer(execution->promise, std::move(result));
    };
    feed(*stream);
    // Before the stream runs, so that its end finds it.
    if (stop.stop_possible())
        execution->onStop.emplace(std::move(stop), [weak, loop = std::weak_ptr<SshLoop>(loop)] {
            if (const auto self = weak.lock())
                self->close();
            if (const auto alive = loop.lock())
                alive->wake();
        });
    loop->add(std::move(stream));
    return future;
}

QFuture<Result<>> SshSession::upload(const QByteArray &contents, const QString &path, unsigned mode,
                                     std::stop_token stop)
{
    // A cut ends the input like a whole file does: only its digest tells. Then one rename.
    const std::string digest =
        runtime::digestOf({contents.constData(), std::size_t(contents.size())});
    const QString script =
        QStringLiteral("f=%1; case $f in /*) ;; *) f=$HOME/$f ;; esac\n"
                       "t=$f.%2.tmp; d=${f%/*}\n"
                       "fail() { rm -f \"$t\"; exit 1; }\n"
                       "mkdir -p \"$d\" && cat > \"$t\" && chmod %3 \"$t\" || fail\n"
                       "set -- $(sha256sum < \"$t\"); [ \"$1\" = %4 ] || fail\n"
                       "sync \"$t\" 2>/dev/null; mv -f \"$t\" \"$f\" || fail\n")
            .arg(shellQuoted(path), QString::fromStdString(runtime::createId().substr(0, 8)),
                 QString::number(mode, 8), QString::fromStdString(digest.substr(7)));
    return exec(script, contents, std::move(stop))
        .then([path](const Result<ExecResult> &done) -> Result<> {
            if (!done)
                return tl::unexpected(done.error());
            if (done->exitCode == 0)
                return {};
            const bool isFull = done->errorOutput.contains("No space left") ||
                                done->errorOutput.contains("quota exceeded");
            return failure(isFull ? ErrorCode::DeviceDiskFull : ErrorCode::FileUnwritable,
                           path.toStdString(), done->errorOutput.trimmed().toStdString());
        });
}

std::unique_ptr<SshTerminal> SshSession::openTerminal(int columns, int rows)
{
    return std::make_unique<SshTerminal>(loop(), columns, rows);
}

std::unique_ptr<runtime::Channel> SshSession::openUnix(const QString &path, const QString &relay)
{
    return std::make_unique<SshUnixChannel>(loop(), path, relay);
}

} // namespace device
