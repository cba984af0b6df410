#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QObject>

#include <memory>

class QIODevice;

namespace runtime {

/// Carries messages of the Debug Adapter Protocol over an open device (a socket, a process): JSON
/// objects, each behind a Content-Length header. Bounded: a header, a message or a backlog beyond
/// its limit ends the channel.
///
/// The device's end, whatever the cause, is one closed(). After it nothing more comes.
class DapChannel final : public QObject
{
    Q_OBJECT

public:
    explicit DapChannel(std::unique_ptr<QIODevice> device, QObject *parent = nullptr);
    ~DapChannel() override;

    void send(const QJsonObject &message); ///< Ignored after the end.
    /// What was sent still goes out; a process that stays is killed after 1 s. No signal follows.
    void close();
    [[nodiscard]] bool isOpen() const { return m_device != nullptr; }

Q_SIGNALS:
    void received(const QJsonObject &message);
    void closed(const QString &evidence);

private:
    void onReadyRead();
    bool readOne(); ///< Whether a message was complete.
    void end(const QString &evidence);
    void acknowledgeAtOnce();

    std::unique_ptr<QIODevice> m_device; ///< Null after the end.
    QByteArray m_buffer;
    qsizetype m_bodySize = -1; ///< -1: the header is still read.
};

} // namespace runtime
