#include "runtime-bridge/controllers/webclient.h"

#include <QIODevice>
#include <QNetworkReply>
#include <QPointer>
#include <QTimer>

#include <algorithm>
#include <optional>

namespace runtime {

namespace {

constexpr qint64 largestReply = 64 << 20;
constexpr int attempts = 3;

bool isBrokenLine(QNetworkReply::NetworkError error)
{
    return error == QNetworkReply::RemoteHostClosedError ||
           error == QNetworkReply::TemporaryNetworkFailureError ||
           error == QNetworkReply::NetworkSessionFailedError;
}

/// A body that can be read once. QNetworkAccessManager sends a request again by itself when the
/// line breaks before the answer, unless its body cannot be rewound.
class OnceOnly final : public QIODevice
{
public:
    explicit OnceOnly(QByteArray bytes) : m_bytes(std::move(bytes)) { open(ReadOnly); }
    bool isSequential() const override { return true; }
    bool seek(qint64) override { return false; }
    bool reset() override { return false; }
    qint64 bytesAvailable() const override
    {
        return m_bytes.size() - m_read + QIODevice::bytesAvailable();
    }

protected:
    qint64 readData(char *target, qint64 most) override
    {
        const qint64 size = std::min<qint64>(most, m_bytes.size() - m_read);
        std::copy_n(m_bytes.constData() + m_read, size, target);
        m_read += size;
        return size == 0 ? -1 : size;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    QByteArray m_bytes;
    qint64 m_read = 0;
};

} // namespace

/// One request until its one answer. Ends as Cancelled when it is dropped without one.
struct WebClient::Exchange {
    WebRequest request;
    QPromise<Result<WebReply>> promise;
    QPointer<QNetworkReply> reply;
    QTimer timer;
    std::stop_token stop;
    std::optional<std::stop_callback<std::function<void()>>> onStop;
    int attempt = 0;
    bool isLate = false;
    bool isDone = false;

    void finish(Result<WebReply> result)
    {
        if (std::exchange(isDone, true))
            return;
        timer.stop();
        promise.addResult(std::move(result));
        promise.finish();
    }
    ~Exchange()
    {
        onStop.reset();
        finish(failure(ErrorCode::Cancelled, request.subject));
    }
};

WebClient::WebClient(QObject *parent) : QObject(parent)
{
    m_network.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
}

WebClient::~WebClient() = default;

QFuture<Result<WebReply>> WebClient::send(const WebRequest &request, std::stop_token stop)
{
    const auto exchange = std::make_shared<Exchange>();
    exchange->request = request;
    exchange->stop = std::move(stop);
    exchange->promise.start();
    QFuture<Result<WebReply>> future = exchange->promise.future();
    if (exchange->stop.stop_requested()) {
        exchange->finish(failure(ErrorCode::Cancelled, request.subject));
        return future;
    }
    exchange->timer.setSingleShot(true);
    connect(&exchange->timer, &QTimer::timeout, this, [weak = std::weak_ptr(exchange)] {
        if (const auto late = weak.lock(); late && late->reply) {
            late->isLate = true;
            late->reply->abort();
        }
    });
    exchange->timer.start(request.limit);
    // The token may fire on any thread.
    exchange->onStop.emplace(exchange->stop, [this, weak = std::weak_ptr(exchange)] {
        QMetaObject::invokeMethod(
            this,
            [weak] {
                if (const auto stopped = weak.lock(); stopped && stopped->reply)
                    stopped->reply->abort();
            },
            Qt::QueuedConnection);
    });
    attempt(exchange);
    return future;
}

void WebClient::attempt(const std::shared_ptr<Exchange> &exchange)
{
    ++exchange->attempt;
    QNetworkRequest request(exchange->request.url);
    for (const auto &[name, value] : exchange->request.headers)
        request.setRawHeader(name, value);
    QNetworkReply *reply = nullptr;
    if (exchange->request.mayRepeat || exchange->request.body.isEmpty()) {
        reply =
            m_network.sendCustomRequest(request, exchange->request.verb, exchange->request.body);
    } else {
        auto *const body = new OnceOnly(exchange->request.body);
        request.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
        request.setHeader(QNetworkRequest::ContentLengthHeader, exchange->request.body.size());
        reply = m_network.sendCustomRequest(request, exchange->request.verb, body);
        body->setParent(reply);
    }
    exchange->reply = reply;
    connect(reply, &QNetworkReply::downloadProgress, this, [reply](qint64 received, qint64) {
        if (received > largestReply)
            reply->abort();
    });
    connect(reply, &QNetworkReply::finished, this, [this, exchange] { onFinished(exchange); });
}

void WebClient::onFinished(const std::shared_ptr<Exchange> &exchange)
{
    QNetworkReply *const reply = exchange->reply;
    reply->deleteLater();
    const std::string &subject = exchange->request.subject;
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const bool isCut = reply->error() == QNetworkReply::OperationCanceledError;
    if (exchange->stop.stop_requested()) {
        exchange->finish(failure(ErrorCode::Cancelled, subject));
    } else if (exchange->isLate) {
        exchange->finish(
            failure(ErrorCode::ControllerUnreachable, subject,
                    "no answer within " + std::to_string(exchange->request.limit.count()) + " ms"));
    } else if (status != 0 && !isCut) {
        exchange->finish(WebReply{status, reply->readAll()});
    } else if (exchange->request.mayRepeat && exchange->attempt < attempts &&
               isBrokenLine(reply->error())) {
        attempt(exchange);
    } else {
        exchange->finish(
            failure(ErrorCode::ControllerUnreachable, subject, reply->errorString().toStdString()));
    }
}

} // namespace runtime
