#include "runtime-bridge/debug/dapchannel.h"

#include <QIODevice>
#include <QJsonDocument>
#include <QPointer>
#include <QProcess>
#include <QTcpSocket>
#include <QTimer>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

namespace runtime {

namespace {

constexpr qsizetype longestHeader = 4096;
constexpr qsizetype longestBody = 16 << 20;
constexpr std::chrono::seconds leaveLimit{1};
constexpr qint64 longestBacklog = 64 << 20;

/// The value of Content-Length in \a header; -1 when it has none that we take.
qsizetype bodySize(const QByteArray &header)
{
    for (const QByteArray &line : header.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (colon < 0 || line.left(colon).trimmed().toLower() != "content-length")
            continue;
        bool isNumber = false;
        const qlonglong size = line.mid(colon + 1).trimmed().toLongLong(&isNumber);
        return isNumber && size >= 0 && size <= longestBody ? qsizetype(size) : -1;
    }
    return -1;
}

} // namespace

DapChannel::DapChannel(std::unique_ptr<QIODevice> device, QObject *parent)
    : QObject(parent), m_device(std::move(device))
{
    connect(m_device.get(), &QIODevice::readyRead, this, &DapChannel::onReadyRead);
    connect(m_device.get(), &QIODevice::readChannelFinished, this, [this] {
        const QPointer<DapChannel> self(this);
        onReadyRead();
        if (self)
            end(QStringLiteral("the other side closed the connection"));
    });
    acknowledgeAtOnce();
    // What came before we listened.
    QMetaObject::invokeMethod(this, &DapChannel::onReadyRead, Qt::QueuedConnection);
}

DapChannel::~DapChannel()
{
    close();
}

void DapChannel::send(const QJsonObject &message)
{
    if (!m_device)
        return;
    const QByteArray body = QJsonDocument(message).toJson(QJsonDocument::Compact);
    m_device->write("Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    if (m_device && m_device->bytesToWrite() > longestBacklog)
        end(QStringLiteral("the other side does not read"));
}

void DapChannel::close()
{
    if (!m_device)
        return;
    m_device->disconnect(this);
    QIODevice *device = m_device.release(); // may be the sender of the signal that brought us here
    if (auto *socket = qobject_cast<QTcpSocket *>(device)) {
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        socket->disconnectFromHost();
        if (socket->state() != QAbstractSocket::UnconnectedState)
            return; // goes when all is written
    }
    auto *process = qobject_cast<QProcess *>(device);
    if (!process || process->state() == QProcess::NotRunning)
        return device->deleteLater();
    connect(process, &QProcess::finished, process, &QObject::deleteLater);
    process->closeWriteChannel(); // the end of its input is its order to leave
    QTimer::singleShot(leaveLimit, process, &QProcess::kill);
}

void DapChannel::end(const QString &evidence)
{
    if (!m_device)
        return;
    close();
    Q_EMIT closed(evidence);
}

void DapChannel::onReadyRead()
{
    if (!m_device)
        return;
    m_buffer += m_device->readAll();
    acknowledgeAtOnce();
    const QPointer<DapChannel> self(this);
    while (self && m_device && readOne()) {
    }
}

bool DapChannel::readOne()
{
    if (m_bodySize < 0) {
        const qsizetype headerEnd = m_buffer.indexOf("\r\n\r\n");
        if (headerEnd < 0 ? m_buffer.size() > longestHeader : headerEnd > longestHeader) {
            end(QStringLiteral("a header that does not end"));
            return false;
        }
        if (headerEnd < 0)
            return false;
        m_bodySize = bodySize(m_buffer.left(headerEnd));
        if (m_bodySize < 0) {
            end(QStringLiteral("bad header: ") + QString::fromUtf8(m_buffer.left(headerEnd)));
            return false;
        }
        m_buffer.remove(0, headerEnd + 4);
    }
    if (m_buffer.size() < m_bodySize)
        return false;
    const QByteArray body = m_buffer.left(m_bodySize);
    m_buffer.remove(0, m_bodySize);
    m_bodySize = -1;
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (!document.isObject()) {
        end(QStringLiteral("not a JSON object: ") + QString::fromUtf8(body.left(200)));
        return false;
    }
    Q_EMIT received(document.object());
    return true;
}

/// pydevd writes header and body apart with Nagle's algorithm on: the body waits for the
/// acknowledgement of the header, which Linux delays by 40 ms. The option is not sticky (tcp(7)).
void DapChannel::acknowledgeAtOnce()
{
    if (const auto *socket = qobject_cast<QTcpSocket *>(m_device.get())) {
        const int on = 1;
        setsockopt(int(socket->socketDescriptor()), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }
}

} // namespace runtime
