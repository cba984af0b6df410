#include "device-manager/core/sshunixchannel.h"

#include "device-manager/core/sshloop.h"
#include "device-manager/core/sshstream.h"

#include <QMetaObject>
#include <QPointer>

namespace device {

using runtime::Error;
using runtime::ErrorCode;
using runtime::Result;

/// What the I/O thread has for the channel, and whether the channel was told.
struct SshUnixChannel::Inbox {
    std::mutex mutex;
    SshUnixChannel *owner = nullptr; ///< Null once it is closed.
    bool isPosted = false;
    bool opened = false, progressed = false;
    QByteArray bytes;
    std::optional<Error> end;

    template<typename Change> void change(Change apply)
    {
        const std::lock_guard lock(mutex);
        if (!owner)
            return;
        apply(*this);
        if (!std::exchange(isPosted, true))
            QMetaObject::invokeMethod(
                owner, [to = owner] { to->deliver(); }, Qt::QueuedConnection);
    }
};

SshUnixChannel::SshUnixChannel(std::weak_ptr<SshLoop> loop, QString path, QString relay)
    : m_loop(std::move(loop))
    , m_path(std::move(path))
    , m_relay(std::move(relay))
    , m_inbox(std::make_shared<Inbox>())
{
}

SshUnixChannel::~SshUnixChannel()
{
    close();
}

void SshUnixChannel::open()
{
    m_inbox->owner = this;
    m_stream =
        std::make_shared<SshStream>(SshStream::Kind::UnixSocket, m_path.toUtf8(), m_relay.toUtf8());
    m_stream->opened = [inbox = m_inbox] { inbox->change([](Inbox &in) { in.opened = true; }); };
    m_stream->progressed = [inbox = m_inbox] {
        inbox->change([](Inbox &in) { in.progressed = true; });
    };
    m_stream->received = [inbox = m_inbox](const QByteArray &bytes, bool fromStandardError) {
        if (!fromStandardError) // the relay's complaints are no frames
            inbox->change([&bytes](Inbox &in) { in.bytes += bytes; });
    };
    m_stream->finished = [inbox = m_inbox, path = m_path.toStdString()](Result<int> exitCode) {
        Error error = exitCode ? Error{ErrorCode::RuntimeLost, path, "the runtime hung up"}
                               : exitCode.error();
        inbox->change([&error](Inbox &in) { in.end = std::move(error); });
    };
    if (const auto loop = m_loop.lock())
        loop->add(m_stream);
    else
        m_stream->fail({ErrorCode::DeviceLost, m_path.toStdString(), "the session is closed"});
}

void SshUnixChannel::send(const QByteArray &bytes)
{
    if (!m_open)
        return;
    m_stream->write(bytes);
    if (const auto loop = m_loop.lock())
        loop->wake();
}

void SshUnixChannel::close()
{
    m_open = false;
    {
        const std::lock_guard lock(m_inbox->mutex);
        m_inbox->owner = nullptr;
    }
    if (!m_stream)
        return;
    m_stream->close();
    if (const auto loop = m_loop.lock())
        loop->wake();
}

void SshUnixChannel::deliver()
{
    bool opened = false;
    bool progressed = false;
    QByteArray bytes;
    std::optional<Error> end;
    {
        const std::lock_guard lock(m_inbox->mutex);
        m_inbox->isPosted = false;
        if (!m_inbox->owner)
            return;
        // The runtime speaks first: its hello may come together with the answer that opens, and
        // is read before it. It waits here until the channel can be written to.
        if (!m_open && !m_inbox->opened && !m_inbox->end)
            return;
        opened = std::exchange(m_inbox->opened, false);
        progressed = std::exchange(m_inbox->progressed, false);
        bytes = std::exchange(m_inbox->bytes, {});
        end = m_inbox->end;
        if (end)
            m_inbox->owner = nullptr;
    }
    // A receiver may delete the channel.
    const QPointer<SshUnixChannel> self(this);
    if (opened) {
        m_open = true;
        Q_EMIT this->opened();
    }
    if (self && progressed)
        Q_EMIT this->progressed();
    if (self && !bytes.isEmpty())
        Q_EMIT received(bytes);
    if (self && end) {
        m_open = false;
        Q_EMIT closed(*end);
    }
}

} // namespace device
