#include "device-manager/core/fileupload.h"

#include "device-manager/core/devicelink.h"
#include "device-manager/core/sshsession.h"
#include "runtime-bridge/base/digest.h"

#include <QCryptographicHash>
#include <QFile>
#include <QtConcurrent>

#include <chrono>

namespace device {

using namespace std::chrono_literals;
using runtime::Error;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr auto linkLimit = 60s; ///< How long a lost link is waited for.
constexpr qint64 uploadPiece = 256 << 10;
constexpr auto uploadTellInterval = 100ms;

// Exit codes of the script below.
constexpr int isPartial = 3, isOther = 4;

/// Sets f, the file, and t, what has arrived of it.
QString namesOf(const FileUpload::File &file, const QString &folder)
{
    const QString hex = QString::fromStdString(file.digest.substr(file.digest.find(':') + 1));
    return QStringLiteral("r=%1; case $r in /*) ;; *) r=$HOME/$r ;; esac\n"
                          "f=$r/%2; i=$r/incoming; t=$i/%3\n")
        .arg(shellQuoted(folder), shellQuoted(file.target), hex);
}

/// Says how much of the file is there, and the digest of that.
QString lookScript(const QString &names)
{
    return names + QStringLiteral("find \"$i\" -type f -mtime +7 -exec rm -f {} + 2>/dev/null\n"
                                  "[ -f \"$t\" ] || exit 0\n"
                                  "wc -c < \"$t\"; sha256sum < \"$t\"\n");
}

/// Takes the rest of the file, and puts it in its place once it is whole.
QString takeScript(const QString &names, const FileUpload::File &file, bool isRest)
{
    return names + QStringLiteral(
                       "mkdir -p \"$i\" \"${f%/*}\" && cat %1 \"$t\" || { rm -f \"$t\"; exit 1; }\n"
                       "set -- $(wc -c < \"$t\"); [ \"$1\" = %2 ] || exit %3\n"
                       "set -- $(sha256sum < \"$t\")\n"
                       "[ \"$1\" = %4 ] || { rm -f \"$t\"; exit %5; }\n"
                       "chmod %6 \"$t\" && { sync \"$t\" 2>/dev/null; mv -f \"$t\" \"$f\"; }\n")
                       .arg(isRest ? QStringLiteral(">>") : QStringLiteral(">"),
                            QString::number(file.size), QString::number(isPartial),
                            QString::fromStdString(file.digest.substr(file.digest.find(':') + 1)),
                            QString::number(isOther), QString::number(file.mode, 8));
}

/// Of the first \a size bytes, as sha256sum prints it; empty when they cannot be read.
std::string digestOfBeginning(const std::filesystem::path &path, std::uint64_t size)
{
    QFile file(QString::fromStdString(path.string()));
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    for (std::uint64_t left = size; left > 0;) {
        const QByteArray piece = file.read(qint64(std::min<std::uint64_t>(left, 1 << 20)));
        if (piece.isEmpty())
            return {};
        hash.addData(piece);
        left -= std::uint64_t(piece.size());
    }
    return hash.result().toHex().toStdString();
}

} // namespace

FileUpload::FileUpload(DeviceLink *link, File file, std::stop_token stop)
    : m_link(link), m_file(std::move(file)), m_stop(std::move(stop))
{
    m_worker.setMaxThreadCount(1);
    m_promise.start();
    connect(&m_tell, &QTimer::timeout, this, [this] { Q_EMIT progressed(*m_sent); });
    connect(link, &DeviceLink::stateChanged, this, &FileUpload::onLinkChanged);
}

FileUpload::~FileUpload()
{
    m_worker.waitForDone();
    finish(failure(ErrorCode::Cancelled, m_file.source.string()));
}

QFuture<Result<>> FileUpload::start()
{
    look();
    return m_promise.future();
}

void FileUpload::look()
{
    SshSession *session = m_link ? m_link->session() : nullptr;
    if (!session)
        return onLost();
    session->exec(lookScript(namesOf(m_file, m_link->runtimeFolder())), {}, m_stop)
        .then(this, [this](const Result<ExecResult> &said) {
            if (!said)
                return onFailed(said.error());
            const QList<QByteArray> words = said->output.simplified().split(' ');
            const std::uint64_t there = words.value(0).toULongLong();
            compare(there <= m_file.size ? there : 0, words.value(1).toStdString());
        });
}

/// Whether the \a there bytes on the device, with \a digest, are the beginning of our file.
void FileUpload::compare(std::uint64_t there, const std::string &digest)
{
    if (there == 0)
        return send(0);
    if (there == m_file.size && "sha256:" + digest == m_file.digest)
        return send(there); // all of it, but not in its place
    QtConcurrent::run(&m_worker, digestOfBeginning, m_file.source, there)
        .then(this, [this, there, digest](const std::string &ours) {
            send(!ours.empty() && ours == digest ? there : 0);
        });
}

void FileUpload::send(std::uint64_t from)
{
    SshSession *session = m_link ? m_link->session() : nullptr;
    if (!session)
        return onLost();
    // Of the I/O thread from here.
    const auto file = std::make_shared<QFile>(QString::fromStdString(m_file.source.string()));
    if (!file->open(QIODevice::ReadOnly) || !file->seek(qint64(from)))
        return finish(failure(ErrorCode::FileUnreadable, m_file.source.string(),
                              file->errorString().toStdString()));
    *m_sent = from;
    m_tell.start(uploadTellInterval);
    const auto source = [sent = m_sent, file] {
        QByteArray piece = file->read(uploadPiece);
        *sent = quint64(file->pos());
        return piece;
    };
    const QString script = takeScript(namesOf(m_file, m_link->runtimeFolder()), m_file, from > 0);
    session->execFrom(script, source, m_stop)
        .then(this, [this, from](const Result<ExecResult> &done) {
            m_tell.stop();
            m_bytesSent += *m_sent - from;
            if (!done)
                return onFailed(done.error());
            if (done->exitCode == 0)
                return finish({});
            if (done->exitCode == isPartial || done->exitCode == isOther)
                return onChanged();
            const bool isFull = done->errorOutput.contains("No space left") ||
                                done->errorOutput.contains("quota exceeded");
            finish(failure(isFull ? ErrorCode::DeviceDiskFull : ErrorCode::FileUnwritable,
                           m_file.target.toStdString(), done->errorOutput.trimmed().toStdString()));
        });
}

/// The source is not what it was: nothing of it is kept.
void FileUpload::onChanged()
{
    if (SshSession *session = m_link ? m_link->session() : nullptr)
        (void)session->exec(namesOf(m_file, m_link->runtimeFolder()) +
                            QStringLiteral("rm -f \"$t\""));
    finish(
        failure(ErrorCode::FileUnreadable, m_file.source.string(), "it changed while it was sent"));
}

void FileUpload::onFailed(const Error &error)
{
    // A session that is given up tells the one or the other.
    const bool isLost = error.code == ErrorCode::DeviceLost || error.code == ErrorCode::Cancelled;
    if (isLost && !m_stop.stop_requested())
        onLost();
    else
        finish(tl::unexpected(error));
}

void FileUpload::onLost()
{
    const bool mayComeBack = m_link && m_link->state() != DeviceLink::State::Offline;
    if (m_stop.stop_requested() || !mayComeBack)
        return finish(
            failure(m_stop.stop_requested() ? ErrorCode::Cancelled : ErrorCode::DeviceUnreachable,
                    m_file.target.toStdString(), "the link is not online"));
    if (std::exchange(m_isWaiting, true))
        return;
    const auto since = std::chrono::steady_clock::now();
    auto *timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, [this, timer, since] {
        const bool isTooLong = std::chrono::steady_clock::now() - since > linkLimit;
        if (m_isWaiting && !isTooLong && !m_stop.stop_requested())
            return;
        timer->deleteLater();
        if (std::exchange(m_isWaiting, false))
            finish(failure(isTooLong ? ErrorCode::DeviceUnreachable : ErrorCode::Cancelled,
                           m_file.target.toStdString(), "the link did not come back"));
    });
    timer->start(200);
    onLinkChanged(); // it may be back already
}

void FileUpload::onLinkChanged()
{
    if (!m_isWaiting || !m_link)
        return;
    const DeviceLink::State state = m_link->state();
    if (state == DeviceLink::State::Offline) {
        m_isWaiting = false;
        finish(failure(ErrorCode::DeviceUnreachable, m_file.target.toStdString(),
                       "the link was closed"));
    } else if (m_link->session()) {
        m_isWaiting = false;
        look();
    }
}

void FileUpload::finish(Result<> result)
{
    if (std::exchange(m_isDone, true))
        return;
    m_isWaiting = false;
    m_promise.addResult(std::move(result));
    m_promise.finish();
}

} // namespace device
