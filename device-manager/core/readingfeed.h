#pragma once

#include "runtime-bridge/client/client.h"

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <memory>
#include <vector>

namespace device {

class ReadingStore;

/// Brings a device's readings here: subscribes on its client, stores, and tells charts in batches,
/// 25 times a second at most.
///
/// Give it each new client of the link. After a lost link it resumes behind the last reading that
/// was stored, so that every reading comes once and in order.
class ReadingFeed final : public QObject
{
    Q_OBJECT

public:
    /// \a store null: nothing is kept, and the readings begin now.
    explicit ReadingFeed(ReadingStore *store, QObject *parent = nullptr);
    ~ReadingFeed() override;

    void attach(runtime::Client *client);
    void detach();

Q_SIGNALS:
    /// Stored, each once and in order.
    void readingsCame(const std::vector<runtime::Reading> &readings);
    void switched(const runtime::Switch &change);
    void functionChanged(const runtime::FunctionState &state);
    void functionRemoved(const QString &function);
    /// The store does not take them, or the runtime refused. attach() tries again.
    void failed(const runtime::Error &error);

private:
    void subscribe();
    void onHappening(const runtime::Happening &happening);
    void onFlush();

    ReadingStore *m_store;
    QPointer<runtime::Client> m_client;
    std::unique_ptr<runtime::Subscription> m_subscription;
    std::vector<runtime::Reading> m_batch;
    QTimer m_flush;
    bool m_storing = false;
    std::uint64_t m_cursor = 0; ///< Of the last reading that came; 0: ask the store.
    std::uint64_t m_attachment = 0;
};

} // namespace device

Q_DECLARE_METATYPE(std::vector<runtime::Reading>)
Q_DECLARE_METATYPE(runtime::Switch)
Q_DECLARE_METATYPE(runtime::FunctionState)
