#include "runtime-bridge/debug/dapclient.h"

#include <QTimer>

#include <utility>

namespace runtime {

DapClient::DapClient(std::unique_ptr<DapChannel> channel, QObject *parent)
    : QObject(parent), m_channel(std::move(channel))
{
    connect(m_channel.get(), &DapChannel::received, this, &DapClient::onMessage);
    connect(m_channel.get(), &DapChannel::closed, this, [this](const QString &evidence) {
        const QPointer<DapClient> self(this);
        finishAll(evidence);
        if (self)
            Q_EMIT lost(evidence);
    });
}

DapClient::~DapClient()
{
    m_channel->disconnect(this);
    m_channel->close();
    finishAll(QStringLiteral("the debugger was left"));
}

void DapClient::request(const QString &command, const QJsonObject &arguments, QObject *context,
                        Answer answer, std::chrono::milliseconds limit)
{
    const int id = ++m_lastId;
    m_pending.emplace(id, Pending{command, context, std::move(answer)});
    if (!m_channel->isOpen())
        return finish(id, failure(ErrorCode::DebuggerFailed, command.toStdString(),
                                  "the connection has ended"));
    m_channel->send({{QStringLiteral("seq"), id},
                     {QStringLiteral("type"), QStringLiteral("request")},
                     {QStringLiteral("command"), command},
                     {QStringLiteral("arguments"), arguments}});
    QTimer::singleShot(limit, this, [this, id, command, limit] {
        finish(id, failure(ErrorCode::DebuggerFailed, command.toStdString(),
                           "no answer within " + std::to_string(limit.count()) + " ms"));
    });
}

void DapClient::onMessage(const QJsonObject &message)
{
    const QString type = message[u"type"].toString();
    const QJsonObject body = message[u"body"].toObject();
    if (type == u"event") {
        Q_EMIT happened(message[u"event"].toString(), body);
    } else if (type == u"request") {
        refuse(message);
    } else if (type == u"response") {
        const QString command = message[u"command"].toString();
        if (message[u"success"].toBool())
            return finish(message[u"request_seq"].toInt(), body);
        QString why = message[u"message"].toString();
        if (why.isEmpty())
            why = body[u"error"][u"format"].toString();
        finish(message[u"request_seq"].toInt(),
               failure(ErrorCode::DebuggerFailed, command.toStdString(), why.toStdString()));
    }
}

void DapClient::finish(int id, const Result<QJsonObject> &result)
{
    // Taken out first: the answer may send the next request.
    const auto node = m_pending.extract(id);
    if (node && node.mapped().context)
        node.mapped().answer(result);
}

void DapClient::finishAll(const QString &evidence)
{
    for (auto &[id, pending] : std::exchange(m_pending, {}))
        if (pending.context)
            pending.answer(failure(ErrorCode::DebuggerFailed, pending.command.toStdString(),
                                   evidence.toStdString()));
}

/// We offer nothing that the other side could ask for.
void DapClient::refuse(const QJsonObject &request)
{
    m_channel->send({{QStringLiteral("seq"), ++m_lastId},
                     {QStringLiteral("type"), QStringLiteral("response")},
                     {QStringLiteral("request_seq"), request[u"seq"]},
                     {QStringLiteral("command"), request[u"command"]},
                     {QStringLiteral("success"), false},
                     {QStringLiteral("message"), QStringLiteral("notSupported")}});
}

} // namespace runtime
