#include "runtime-bridge/daemon/alarms/alarmactions.h"

#include "runtime-bridge/daemon/alarms/webhook.h"
#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/wake.h"

#include <nlohmann/json.hpp>

namespace runtime {

using namespace std::chrono_literals;

namespace {

constexpr int postAttempts = 4;
constexpr auto postLimit = 5s;
constexpr auto firstPause = 500ms; ///< Then twice that, …

void post(boost::asio::io_context &io, const WebhookAddress &address, const std::string &json,
          boost::asio::yield_context yield)
{
    Wake wake(io);
    auto pause = std::chrono::milliseconds(firstPause);
    for (int attempt = 1;; ++attempt, pause *= 2) {
        const Result<> posted = postJson(io, address, json, postLimit, yield);
        if (posted)
            return;
        if (attempt == postAttempts)
            return logLine("alarm not posted to " + posted.error().subject + ": " +
                           posted.error().detail);
        wake.waitFor(pause, yield);
    }
}

} // namespace

void AlarmActions::run(const AlarmChange &change)
{
    const std::string json =
        toJson(change).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (const auto address = webhookAddress(change.alarm.webhook))
        startCoroutine(m_io, [this, address = *address, json](boost::asio::yield_context yield) {
            post(m_io, address, json, yield);
        });
    if (!change.alarm.function.empty())
        startCoroutine(
            m_io, [this, name = change.alarm.function, json](boost::asio::yield_context yield) {
                const Result<Invocation> done = m_invoker.invoke({name, json, "alarm", {}}, yield);
                if (!done)
                    logLine("alarm for " + name + ": " + std::string(wireName(done.error().code)));
            });
}

} // namespace runtime
