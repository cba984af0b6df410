#pragma once

#include "tests/daemon/testruntime.h"

#include <nlohmann/json_fwd.hpp>

#include <QObject>

#include <memory>
#include <string>
#include <vector>

namespace tests {

/// A runtime with one function "f", which returns its event and fails where the text "bad" is in
/// it, and what became of its invocations. For tests of triggers that others feed.
class TriggerTest : public QObject
{
public:
    /// A runtime with nothing in it.
    void startRuntime();
    /// SIGKILL, and a runtime in the same folder.
    void restartRuntime();
    void endRuntime();
    /// Gives the function \a trigger, and hears of its invocations.
    runtime::Result<runtime::PutResult>
    arm(const runtime::Trigger &trigger, const std::map<std::string, std::string> &environment = {},
        const std::string &dialect = "openfaas");
    [[nodiscard]] runtime::TriggerState state();
    /// Until its words do not tell of connecting any more.
    bool waitUntilConnected();
    /// Until it fails with words that have \a part in them.
    bool waitForTrouble(const std::string &part);
    /// Until the function succeeded \a count times.
    bool waitForSuccesses(std::size_t count);
    /// The results of the invocations that succeeded while this was connected, one for each.
    [[nodiscard]] std::vector<std::string> results() const;
    /// The events that the function succeeded with, as it noted them itself: also what a runtime
    /// did that was killed before it could tell.
    [[nodiscard]] std::vector<nlohmann::json> noted() const;
    [[nodiscard]] runtime::QueueState queue();
    /// Waits until the function noted \a count different values at \a key of its events; else says
    /// what there is.
    [[nodiscard]] std::string waitForAll(const char *key, int count);

    std::unique_ptr<TestRuntime> runtime;
    std::vector<runtime::Invocation> seen;

private:
    void listen();
    void writeFunction(const std::string &dialect);

    std::unique_ptr<runtime::Subscription> m_feed;
    QTemporaryDir m_notes;
};

/// A port of 127.0.0.1 that nobody listens at.
[[nodiscard]] quint16 freePort();
/// Whether somebody answers there, at last.
[[nodiscard]] bool waitForPort(quint16 port, int milliseconds = 60'000);
/// A program of /usr/sbin or /usr/bin, where PATH does not have it; empty: there is none.
[[nodiscard]] QString findServer(const QString &name);
/// SIGTERM, and SIGKILL when that does not help.
void endProcess(QProcess &process);

} // namespace tests
