#include "runtime-bridge/client/localchannel.h"

namespace runtime {

LocalChannel::LocalChannel(QString socketPath, QObject *parent)
    : Channel(parent), m_path(std::move(socketPath))
{
    connect(&m_socket, &QLocalSocket::connected, this, &Channel::opened);
    connect(&m_socket, &QLocalSocket::readyRead, this,
            [this] { Q_EMIT received(m_socket.readAll()); });
    connect(&m_socket, &QLocalSocket::errorOccurred, this, [this](QLocalSocket::LocalSocketError) {
        const bool wasOpen = m_socket.state() == QLocalSocket::ConnectedState ||
                             m_socket.state() == QLocalSocket::ClosingState ||
                             m_socket.error() == QLocalSocket::PeerClosedError;
        const ErrorCode code = wasOpen ? ErrorCode::RuntimeLost : ErrorCode::RuntimeUnreachable;
        m_socket.disconnect(this);
        Q_EMIT closed({code, m_path.toStdString(), m_socket.errorString().toStdString()});
    });
}

void LocalChannel::open()
{
    m_socket.connectToServer(m_path);
}

void LocalChannel::send(const QByteArray &bytes)
{
    if (m_socket.state() == QLocalSocket::ConnectedState)
        m_socket.write(bytes);
}

void LocalChannel::close()
{
    m_socket.disconnect(this);
    m_socket.abort();
}

} // namespace runtime
