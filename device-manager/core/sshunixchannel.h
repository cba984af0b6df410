#pragma once

#include "runtime-bridge/client/channel.h"

#include <memory>

namespace device {

class SshLoop;
class SshStream;

/// A channel to a Unix socket of a device, over its SSH session.
class SshUnixChannel final : public runtime::Channel
{
    Q_OBJECT

public:
    /// See SshSession::openUnix(). \a loop may be gone: then open() is answered by closed().
    SshUnixChannel(std::weak_ptr<SshLoop> loop, QString path, QString relay);
    ~SshUnixChannel() override;

    void open() override;
    void send(const QByteArray &bytes) override;
    void close() override;

private:
    struct Inbox;
    void deliver();

    std::weak_ptr<SshLoop> m_loop;
    QString m_path, m_relay;
    std::shared_ptr<SshStream> m_stream; // shared with the I/O thread
    std::shared_ptr<Inbox> m_inbox;      // written by the I/O thread
    bool m_open = false;
};

} // namespace device
