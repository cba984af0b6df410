#include "device-manager/core/pusher.h"

#include "device-manager/core/devicelink.h"
#include "device-manager/core/fileupload.h"
#include "device-manager/core/sshsession.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/statefolder.h"

#include <nlohmann/json.hpp>

#include <QPromise>
#include <QtConcurrent>

#include <chrono>
#include <sstream>

namespace device {

using runtime::Error;
using runtime::ErrorCode;
using runtime::failure;
using runtime::PutRequest;
using runtime::PutResult;
using runtime::Result;
using Clock = std::chrono::steady_clock;

namespace {

/// Above this it is worth asking first what the device lacks.
constexpr std::uint64_t askFirst = 64 << 10;
/// Contents of one request. What follows waits for its answer, so that the link stays lively.
constexpr std::uint64_t parcelSize = 2 << 20;
/// Larger contents go as a file beside the protocol, whose frames are limited.
constexpr std::uint64_t largestBlob = 16 << 20;
constexpr std::size_t remembered = 20'000;

} // namespace

/// One push on its way.
struct Pusher::Push {
    runtime::ApplicationFunction function;
    std::stop_token stop;
    std::optional<std::string> event;
    std::string base; ///< See PutRequest.
    bool invoked = false, serves = false;
    std::optional<Result<runtime::Invocation>> answer; ///< It may come before that of the put.
    QPromise<Result<PushReport>> promise;
    Clock::time_point started;
    std::optional<PushBundle> bundle;
    std::set<std::string> toSend;
    std::uint64_t total = 0;     ///< Of the contents that the device lacked, uncompressed …
    std::uint64_t delivered = 0; ///< … and how much of them has gone.
    std::unique_ptr<FileUpload> upload;
    PushReport report;
    int rounds = 0;           ///< How often the device said that something is missing.
    int reads = 0;            ///< How often the source was read.
    bool hasPackages = false; ///< They were made for this push.
};

/// What the worker read.
struct Pusher::Source {
    Result<PushBundle> bundle;
    std::optional<PackageWish> wish; ///< What is not there yet.
    std::vector<runtime::Problem> warnings;
};

/// What one request carries.
struct Pusher::Parcel {
    std::map<std::string, std::string> blobs;
    std::set<std::string> digests;
    std::string file; ///< Not empty: digest of contents that go as a file.
};

Pusher::Pusher(DeviceLink *link, QObject *parent)
    : QObject(parent)
    , m_link(link)
    , m_memory(QString::fromStdString(
          (runtime::stateFolder() / "pushed" / link->device().name.toStdString()).string()))
{
    m_worker.setMaxThreadCount(1);
}

Pusher::~Pusher()
{
    m_shutdown.request_stop();
    m_worker.waitForDone();
    for (const Shared &push : m_queue) {
        const std::unique_ptr<FileUpload> upload = std::move(push->upload); // ends it
        push->promise.addResult(failure(ErrorCode::Cancelled, push->function.spec.name));
        push->promise.finish();
    }
}

QFuture<Result<PushReport>> Pusher::push(const runtime::ApplicationFunction &function,
                                         std::stop_token stop, std::optional<std::string> event)
{
    const auto push = std::make_shared<Push>(); // lives in the continuations of its steps
    push->function = function;
    push->stop = std::move(stop);
    push->event = std::move(event);
    push->promise.start();
    m_queue.push_back(push);
    if (m_queue.size() == 1)
        next();
    return push->promise.future();
}

void Pusher::next()
{
    if (m_queue.empty())
        return;
    const Shared push = m_queue.front();
    push->started = Clock::now();
    push->report.device = m_link ? m_link->device().name.toStdString() : std::string();
    push->report.function = push->function.spec.name;
    begin(push);
}

void Pusher::begin(const Shared &push)
{
    ++push->reads;
    push->total = push->delivered = 0;
    const PackageTarget target = m_link ? packageTargetOf(m_link->facts()) : PackageTarget();
    QtConcurrent::run(&m_worker, [this, function = push->function, target,
                                  device = push->report.device] {
        load();
        return read(function, target, device);
    }).then(this, [this, push](Source source) { onRead(push, std::move(source)); });
}

/// On the worker.
Pusher::Source Pusher::read(const runtime::ApplicationFunction &function,
                            const PackageTarget &target, const std::string &device)
{
    Source source{PushBundle::read(function), {}, {}};
    if (!source.bundle)
        return source;
    source.warnings = source.bundle->foreignFiles(target.elf);
    source.wish = DevicePackages::wishOf(function.spec.runtime, function.source, target, device);
    if (!source.wish)
        return source;
    if (auto packages = m_packages.find(*source.wish)) {
        source.wish.reset();
        if (const Result<> added = source.bundle->add(std::move(packages)); !added)
            source.bundle = tl::unexpected(added.error());
    }
    return source;
}

void Pusher::onRead(const Shared &push, Source source)
{
    if (!source.bundle)
        return finish(push, tl::unexpected(source.bundle.error()));
    if (source.wish)
        return takePackages(push, *source.wish);
    push->bundle = std::move(*source.bundle);
    push->report.warnings = std::move(source.warnings);
    push->report.bundle = push->bundle->digest();
    push->toSend = push->bundle->contentsBut(m_known);
    if (push->bundle->sizeOf(push->toSend) > askFirst)
        push->toSend.clear(); // the device says what it lacks
    send(push);
}

/// Python's may be left to the device, which is asked for those that it has.
void Pusher::takePackages(const Shared &push, const PackageWish &wish)
{
    const QString function = QString::fromStdString(push->report.function);
    if (std::exchange(push->hasPackages, true)) // and they are gone again
        return finish(push,
                      failure(ErrorCode::DependenciesFailed, wish.files.files.front().string(),
                              "it changes while packages are taken"));
    Q_EMIT packagesStep(
        function,
        tr("Taking packages for %1").arg(QString::fromStdString(wish.target.words(wish.isPython))));
    SshSession *session = m_link ? m_link->session() : nullptr;
    if (!wish.isPython || !session)
        return makePackages(push, wish, {});
    session->exec(DevicePackages::ownPackagesScript(), {}, push->stop)
        .then(this, [this, push, wish](const Result<ExecResult> &told) {
            if (told)
                makePackages(push, wish, told->output);
            else
                finish(push, tl::unexpected(told.error()));
        });
}

void Pusher::makePackages(const Shared &push, const PackageWish &wish, const QByteArray &own)
{
    const QString function = QString::fromStdString(push->report.function);
    const auto tell = [this, function](const QString &line) {
        QMetaObject::invokeMethod(
            this, [this, function, line] { Q_EMIT packagesStep(function, line); },
            Qt::QueuedConnection);
    };
    const auto make = [this, wish, own, tell, stop = push->stop,
                       shutdown = m_shutdown.get_token()] {
        std::stop_source both;
        const auto forward = [&both] { both.request_stop(); };
        const std::stop_callback one(stop, forward), other(shutdown, forward);
        return m_packages.make(wish, own, tell, both.get_token()).map([](const auto &) {});
    };
    QtConcurrent::run(&m_worker, make).then(this, [this, push, function](const Result<> &made) {
        Q_EMIT packagesStep(function, {});
        if (made)
            begin(push);
        else
            finish(push, tl::unexpected(made.error()));
    });
}

/// The next contents, at most one parcel, read and compressed on the worker.
void Pusher::send(const Shared &push)
{
    if (push->toSend.empty()) { // the usual small case needs no second thread
        dispatch(push, {});
        return;
    }
    const auto pack = [bundle = *push->bundle, wanted = push->toSend]() -> Result<Parcel> {
        Parcel parcel;
        std::uint64_t size = 0;
        for (const std::string &digest : wanted) {
            if (bundle.sizeOf({digest}) > largestBlob) {
                if (!parcel.blobs.empty())
                    continue;
                return Parcel{{}, {digest}, digest};
            }
            if (size > parcelSize)
                break;
            auto blob = bundle.blob(digest);
            if (!blob)
                return tl::unexpected(blob.error());
            size += blob->second.size();
            parcel.blobs.insert(std::move(*blob));
            parcel.digests.insert(digest);
        }
        return parcel;
    };
    QtConcurrent::run(&m_worker, pack).then(this, [this, push](Result<Parcel> parcel) {
        if (parcel)
            dispatch(push, std::move(*parcel));
        else if (push->reads < 3) // somebody is writing the source: read it again
            begin(push);
        else
            finish(push, tl::unexpected(parcel.error()));
    });
}

void Pusher::dispatch(const Shared &push, Parcel parcel)
{
    runtime::Client *client = m_link ? m_link->client() : nullptr;
    if (!client || push->stop.stop_requested()) {
        finish(push, failure(push->stop.stop_requested() ? ErrorCode::Cancelled
                                                         : ErrorCode::DeviceUnreachable,
                             push->report.device, "the link is not online"));
        return;
    }
    for (const std::string &digest : parcel.digests)
        push->toSend.erase(digest);
    if (!parcel.file.empty())
        return sendFile(push, parcel.file);
    push->delivered += push->bundle->sizeOf(parcel.digests);
    PutRequest request;
    request.manifest = push->bundle->manifest();
    if (const auto sent = m_sent.find(push->report.function); sent != m_sent.end()) {
        runtime::ManifestChange change = changeBetween(*sent->second, request.manifest);
        request.base = bundleDigest(*sent->second);
        request.manifest = std::move(change.manifest);
        request.removed = std::move(change.removed);
    }
    request.blobs = std::move(parcel.blobs);
    for (const auto &[key, bytes] : request.blobs)
        push->report.bytesSent += bytes.size();
    push->base = request.base;
    push->report.bytesSent += runtime::toJson(request.manifest).dump().size();
    for (const std::string &path : request.removed)
        push->report.bytesSent += path.size();
    client->put(request, push->stop).then(this, [this, push](const Result<PutResult> &answer) {
        onAnswer(push, answer);
    });
    if (push->event && push->toSend.empty())
        invoke(push); // the runtime waits with it until the version has switched
}

/// Then what else there is to send.
void Pusher::sendFile(const Shared &push, const std::string &digest)
{
    const std::uint64_t size = push->bundle->sizeOf({digest});
    const QString target =
        QStringLiteral("blobs/%1").arg(QString::fromStdString(digest.substr(digest.find(':') + 1)));
    push->upload = std::make_unique<FileUpload>(
        m_link, FileUpload::File{push->bundle->fileOf(digest), size, digest, target}, push->stop);
    connect(push->upload.get(), &FileUpload::progressed, this,
            [this, push = push.get()](quint64 sent) {
                Q_EMIT progressed(QString::fromStdString(push->report.function),
                                  push->delivered + sent, push->total);
            });
    push->upload->start().then(this, [this, push, size](const Result<> &done) {
        if (!push->upload)
            return; // it ends with this object
        push->report.bytesSent += push->upload->bytesSent();
        push->delivered += size;
        push->upload.release()->deleteLater();
        if (done)
            send(push);
        else if (done.error().code == ErrorCode::FileUnreadable && push->reads < 3)
            begin(push); // somebody is writing it
        else
            finish(push, tl::unexpected(done.error()));
    });
}

void Pusher::invoke(const Shared &push)
{
    if (std::exchange(push->invoked, true))
        return;
    runtime::InvokeRequest request;
    request.function = push->report.function;
    request.event = *push->event;
    m_link->client()
        ->invoke(request, push->stop)
        .then(this, [this, push, round = push->rounds](const Result<runtime::Invocation> &answer) {
            if (round != push->rounds)
                return; // of the version before, since the device missed something
            push->answer = answer;
            finishAnswered(push);
        });
}

/// Once the version serves and was invoked.
void Pusher::finishAnswered(const Shared &push)
{
    if (!push->serves || !push->answer)
        return;
    if (*push->answer) // else the link was lost, or it was cancelled: the version serves all the
                       // same
        push->report.answer = **push->answer;
    finish(push, push->report);
}

void Pusher::onAnswer(const Shared &push, const Result<PutResult> &answer)
{
    if (!answer) {
        onRefused(push, answer.error());
        return;
    }
    if (!answer->missing.empty()) {
        // More parcels of ours, or the device lost what it was sent.
        push->toSend = {answer->missing.begin(), answer->missing.end()};
        if (push->total == 0)
            push->total = push->bundle->sizeOf(push->toSend);
        else
            Q_EMIT progressed(QString::fromStdString(push->report.function), push->delivered,
                              push->total);
        if (push->toSend.erase(push->base))
            m_sent.erase(push->report.function); // the whole manifest then
        push->invoked = false;
        push->answer.reset();
        if (++push->rounds > int(push->bundle->manifest().files.size()) + 3)
            finish(push, failure(ErrorCode::RequestInvalid, push->report.function,
                                 "the device goes on missing " + answer->missing.front()));
        else
            send(push);
        return;
    }
    m_sent[push->report.function] =
        std::make_shared<const runtime::Manifest>(push->bundle->manifest());
    push->report.version = answer->version;
    push->report.changed = answer->changed;
    push->report.ms =
        std::chrono::duration<double, std::milli>(Clock::now() - push->started).count();
    remember(push->bundle->contentsBut({}));
    push->serves = true;
    if (!push->event || !m_link || !m_link->client())
        return finish(push, push->report);
    invoke(push);
    finishAnswered(push);
}

void Pusher::onRefused(const Shared &push, const Error &error)
{
    runtime::Client *client = m_link ? m_link->client() : nullptr;
    if (error.code != ErrorCode::FunctionInitFailed || !client) {
        finish(push, tl::unexpected(error));
        return;
    }
    push->report.error = error;
    push->report.ms =
        std::chrono::duration<double, std::milli>(Clock::now() - push->started).count();
    remember(push->bundle->contentsBut({}));
    client->functions().then(
        this, [this, push](const Result<std::vector<runtime::FunctionState>> &states) {
            if (states)
                for (const runtime::FunctionState &state : *states)
                    if (state.spec.name == push->report.function && !state.bundle.empty()) {
                        push->report.rolledBack = true;
                        push->report.version = state.version;
                    }
            finish(push, push->report);
        });
}

void Pusher::finish(const Shared &push, Result<PushReport> result)
{
    m_queue.erase(m_queue.begin());
    next(); // before anybody is told, who may push again
    push->promise.addResult(std::move(result));
    push->promise.finish();
}

/// On the worker, before the first push.
void Pusher::load()
{
    if (std::exchange(m_loaded, true))
        return;
    std::istringstream lines(runtime::readFile(m_memory.toStdString()).value_or(std::string()));
    for (std::string digest; std::getline(lines, digest);)
        m_known.insert(digest);
}

void Pusher::remember(const std::set<std::string> &digests)
{
    const std::size_t before = m_known.size();
    if (before > remembered) // what is forgotten is asked for
        m_known.clear();
    m_known.insert(digests.begin(), digests.end());
    if (m_known.size() == before)
        return;
    std::string text;
    for (const std::string &digest : m_known)
        text += digest + '\n';
    (void)QtConcurrent::run(&m_worker, [file = m_memory.toStdString(), text] {
        (void)runtime::writeFile(file, text, 0600);
    });
}

} // namespace device
