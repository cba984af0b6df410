#include "device-manager/core/sshterminal.h"

#include "device-manager/core/sshloop.h"
#include "device-manager/core/sshstream.h"

#include <QMetaObject>

namespace device {

using runtime::ErrorCode;
using runtime::Result;

namespace {

constexpr qsizetype inboxLimit = 256 << 10;
constexpr qsizetype deliveredAtOnce = 64 << 10; // some milliseconds of work for a screen
constexpr int nextDeliveryMs = 5;

} // namespace

/// What the I/O thread has for the terminal, and whether the terminal was told.
struct SshTerminal::Inbox {
    std::mutex mutex;
    SshTerminal *owner = nullptr; ///< Null once nobody listens.
    bool isPosted = false;
    QByteArray bytes;
    std::optional<Result<int>> end;

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

SshTerminal::SshTerminal(std::weak_ptr<SshLoop> loop, int columns, int rows)
    : m_loop(std::move(loop))
    , m_stream(std::make_shared<SshStream>(SshStream::Kind::Terminal, "xterm-256color"))
    , m_inbox(std::make_shared<Inbox>())
{
    m_inbox->owner = this;
    m_next.setSingleShot(true);
    m_next.setInterval(nextDeliveryMs);
    connect(&m_next, &QTimer::timeout, this, &SshTerminal::deliver);
    m_stream->received = [inbox = m_inbox](const QByteArray &bytes, bool) {
        inbox->change([&bytes](Inbox &in) { in.bytes += bytes; });
    };
    m_stream->hasRoom = [inbox = m_inbox] {
        const std::lock_guard lock(inbox->mutex);
        return inbox->bytes.size() < inboxLimit;
    };
    m_stream->finished = [inbox = m_inbox](Result<int> exitCode) {
        inbox->change([&exitCode](Inbox &in) { in.end = std::move(exitCode); });
    };
    m_stream->resize(columns, rows);
    if (const auto alive = m_loop.lock())
        alive->add(m_stream);
    else
        m_stream->fail({ErrorCode::DeviceLost, {}, "the session is closed"});
}

SshTerminal::~SshTerminal()
{
    {
        const std::lock_guard lock(m_inbox->mutex);
        m_inbox->owner = nullptr;
        m_inbox->bytes.clear(); // room, so that the stream comes to its end
    }
    m_stream->close();
    wakeLoop();
}

void SshTerminal::wakeLoop()
{
    if (const auto alive = m_loop.lock())
        alive->wake();
}

void SshTerminal::write(const QByteArray &bytes)
{
    m_stream->write(bytes);
    wakeLoop();
}

void SshTerminal::resize(int columns, int rows)
{
    m_stream->resize(columns, rows);
    wakeLoop();
}

void SshTerminal::deliver()
{
    QByteArray bytes;
    std::optional<Result<int>> end;
    {
        const std::lock_guard lock(m_inbox->mutex);
        m_inbox->isPosted = false;
        bytes = m_inbox->bytes.left(deliveredAtOnce);
        m_inbox->bytes.remove(0, bytes.size());
        if (!m_inbox->bytes.isEmpty()) {
            m_inbox->isPosted = true;
            m_next.start(); // not at once: keys and painting come in between
        } else if (m_inbox->end) {
            end = std::exchange(m_inbox->end, std::nullopt);
            m_inbox->owner = nullptr;
        }
    }
    if (!bytes.isEmpty()) {
        wakeLoop(); // there is room again
        Q_EMIT received(bytes);
    }
    if (!end)
        return;
    if (*end)
        Q_EMIT exited(**end);
    else
        Q_EMIT failed(end->error());
}

} // namespace device
