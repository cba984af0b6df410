#pragma once

#include "runtime-bridge/daemon/triggers/triggersource.h"
#include "tests/daemon/contextthread.h"
#include "tests/daemon/testruntime.h"

#include <nlohmann/json_fwd.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tests {

/// One sensor's source on a thread as the runtime's, a folder in which the test makes what the
/// kernel would, and the events that its function "f" was given.
class SensorTest : public QObject
{
public:
    using Create =
        std::function<std::shared_ptr<runtime::TriggerSource>(runtime::TriggerContext context)>;

protected:
    void begin();
    void end();
    void start(const Create &create);
    void stop();
    void freeze(bool frozen);
    /// While held, the function does not come to its end.
    void hold(bool held) { m_isHeld = held; }

    [[nodiscard]] std::string folder() const { return m_folder->path().toStdString(); }
    void write(const char *file, const QByteArray &text);
    /// In one step, so that nobody sees half of it.
    void replace(const char *file, const QByteArray &text);
    void rename(const char *from, const char *to);

    [[nodiscard]] std::vector<nlohmann::json> events();
    bool waitForEvents(std::size_t count);
    [[nodiscard]] runtime::TriggerState state();
    /// Until it fails with words that have \a part in them.
    bool waitForTrouble(const QString &part);
    /// How often the source told that its state is another one.
    [[nodiscard]] int changes() const { return m_changes; }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ContextThread> m_thread;
    std::shared_ptr<runtime::TriggerSource> m_source;
    std::mutex m_mutex; // guards m_events
    std::vector<std::string> m_events;
    std::atomic<bool> m_isHeld = false;
    std::atomic<int> m_changes = 0;
};

} // namespace tests
