#pragma once

#include "runtime-bridge/base/error.h"

#include <QByteArray>
#include <QFuture>
#include <QNetworkAccessManager>
#include <QObject>
#include <QUrl>

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace runtime {

struct WebRequest {
    QByteArray verb = "GET";
    QUrl url;
    std::vector<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
    std::chrono::milliseconds limit{20'000}; ///< For the whole exchange.
    bool mayRepeat = false; ///< Sending it twice does no harm: tried again when the line breaks.
    std::string subject;    ///< For errors: whom we talk to.
};

struct WebReply {
    int status = 0;
    QByteArray body;
};

/// HTTP for controllers: bounded in time and size, cancellable, never redirected (a key must not go
/// elsewhere). Any status is a reply; an error is ErrorCode::ControllerUnreachable or Cancelled.
/// Lives on its owner's thread; destroying it ends every exchange as Cancelled.
class WebClient final : public QObject
{
    Q_OBJECT

public:
    explicit WebClient(QObject *parent = nullptr);
    ~WebClient() override;

    [[nodiscard]] QFuture<Result<WebReply>> send(const WebRequest &request, std::stop_token stop);

private:
    struct Exchange;
    void attempt(const std::shared_ptr<Exchange> &exchange);
    void onFinished(const std::shared_ptr<Exchange> &exchange);

    QNetworkAccessManager m_network;
};

/// A reply that is there already.
template<typename T> QFuture<Result<T>> ready(Result<T> result)
{
    return QtFuture::makeReadyFuture(std::move(result));
}

/// Gives \a next the value of \a reply once it is there, or passes its error on. \a next gives
/// another reply.
template<typename T, typename Next>
auto andThen(QFuture<Result<T>> reply, QObject *context, Next next)
{
    const auto follow = [](Next &function, Result<T> &result) {
        if constexpr (std::is_void_v<T>)
            return function();
        else
            return function(std::move(*result));
    };
    using Following = decltype(follow(std::declval<Next &>(), std::declval<Result<T> &>()));
    using Value = decltype(std::declval<Following>().result());
    return reply
        .then(context,
              [next = std::move(next), follow](Result<T> result) mutable -> Following {
                  if (!result)
                      return QtFuture::makeReadyFuture(Value(tl::unexpected(result.error())));
                  return follow(next, result);
              })
        .unwrap();
}

} // namespace runtime
