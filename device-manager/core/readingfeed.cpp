#include "device-manager/core/readingfeed.h"

#include "device-manager/core/readingstore.h"

#include <chrono>

namespace device {

using namespace std::chrono_literals;
using runtime::Error;
using runtime::Happening;
using runtime::Reading;
using runtime::Result;

ReadingFeed::ReadingFeed(ReadingStore *store, QObject *parent) : QObject(parent), m_store(store)
{
    m_flush.setSingleShot(true);
    m_flush.setInterval(40ms);
    m_flush.setTimerType(Qt::PreciseTimer);
    connect(&m_flush, &QTimer::timeout, this, &ReadingFeed::onFlush);
}

ReadingFeed::~ReadingFeed()
{
    if (m_store && !m_batch.empty())
        m_store->append(m_batch);
}

void ReadingFeed::attach(runtime::Client *client)
{
    detach();
    m_client = client;
    if (!m_store || m_cursor != 0) {
        subscribe();
        return;
    }
    const std::uint64_t attachment = m_attachment;
    m_store->lastCursor().then(this, [this, attachment](const Result<std::uint64_t> &cursor) {
        if (attachment != m_attachment)
            return;
        if (!cursor) {
            Q_EMIT failed(cursor.error());
            return;
        }
        m_cursor = *cursor;
        subscribe();
    });
}

void ReadingFeed::detach()
{
    ++m_attachment;
    m_subscription.reset();
    m_client.clear();
    onFlush();
}

void ReadingFeed::subscribe()
{
    if (!m_client || !m_client->isReady())
        return;
    runtime::SubscribeRequest request;
    request.functions = true;
    request.readings = true;
    request.readingsFromNow = !m_store && m_cursor == 0;
    request.afterCursor = m_cursor;
    m_subscription = m_client->subscribe(request);
    connect(m_subscription.get(), &runtime::Subscription::happened, this,
            &ReadingFeed::onHappening);
    connect(m_subscription.get(), &runtime::Subscription::ended, this, [this](const Error &error) {
        onFlush();
        // The loss of the link is the link's to tell.
        if (m_client && m_client->isReady())
            Q_EMIT failed(error);
    });
}

void ReadingFeed::onHappening(const Happening &happening)
{
    switch (happening.kind) {
    case Happening::Kind::Readings:
        for (const Reading &reading : happening.readings) {
            if (reading.cursor <= m_cursor)
                continue;
            m_cursor = reading.cursor;
            m_batch.push_back(reading);
        }
        if (!m_batch.empty() && !m_flush.isActive())
            m_flush.start();
        break;
    case Happening::Kind::Switch:
        if (m_store)
            (void)m_store->append(happening.switched);
        Q_EMIT switched(happening.switched);
        break;
    case Happening::Kind::Function: Q_EMIT functionChanged(happening.function); break;
    case Happening::Kind::FunctionRemoved:
        Q_EMIT functionRemoved(QString::fromStdString(happening.functionName));
        break;
    case Happening::Kind::Invocation:
    case Happening::Kind::Alarm:
    case Happening::Kind::Log: break;
    }
}

void ReadingFeed::onFlush()
{
    m_flush.stop();
    if (m_batch.empty() || m_storing)
        return;
    const std::vector<Reading> batch = std::exchange(m_batch, {});
    if (!m_store) {
        Q_EMIT readingsCame(batch);
        return;
    }
    // One at a time: what comes after a failure must not move the store's cursor past it.
    m_storing = true;
    m_store->append(batch).then(this, [this, batch](const Result<> &stored) {
        m_storing = false;
        if (stored) {
            Q_EMIT readingsCame(batch);
            onFlush();
            return;
        }
        m_batch.clear();
        m_cursor = 0;
        m_subscription.reset();
        Q_EMIT failed(stored.error());
    });
}

} // namespace device
