#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/debug/dapchannel.h"

#include <QJsonObject>
#include <QObject>
#include <QPointer>

#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace runtime {

/// Speaks the Debug Adapter Protocol over one channel: requests with ids, answers, events.
class DapClient final : public QObject
{
    Q_OBJECT

public:
    /// Gets the body of the answer. ErrorCode::DebuggerFailed with the request as the subject: the
    /// other side refused, did not answer in time, or is gone.
    using Answer = std::function<void(const Result<QJsonObject> &)>;

    explicit DapClient(std::unique_ptr<DapChannel> channel, QObject *parent = nullptr);
    ~DapClient() override;

    /// Exactly one answer, never before this returns unless the channel has ended; none when
    /// \a context is gone by then.
    void request(const QString &command, const QJsonObject &arguments, QObject *context,
                 Answer answer, std::chrono::milliseconds limit = std::chrono::seconds(10));

    [[nodiscard]] bool isOpen() const { return m_channel->isOpen(); }

Q_SIGNALS:
    void happened(const QString &event, const QJsonObject &body);
    /// Every open request has its answer by then; nothing more comes.
    void lost(const QString &evidence);

private:
    struct Pending {
        QString command;
        QPointer<QObject> context;
        Answer answer;
    };

    void onMessage(const QJsonObject &message);
    void finish(int id, const Result<QJsonObject> &result);
    void finishAll(const QString &evidence);
    void refuse(const QJsonObject &request);

    std::unique_ptr<DapChannel> m_channel;
    std::map<int, Pending> m_pending;
    int m_lastId = 0;
};

} // namespace runtime
