#include "runtime-bridge/daemon/profiler.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace runtime {

using namespace std::chrono_literals;
using nlohmann::json;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto lookInterval = 50ms; ///< For workers that come meanwhile.
constexpr auto answerLimit = 2s;    ///< Of a worker whose function does not let it speak.
constexpr std::size_t mostBytes = 16u << 20;

/// Shared with the workers: an answer may come when nobody waits any more.
struct Samples {
    explicit Samples(asio::io_context &io) : wake(io) {}

    void add(const std::string &text)
    {
        const json counts = json::parse(text, nullptr, false);
        ++profile.workers;
        if (!counts.is_object())
            return;
        for (const auto &[stack, count] : counts.items()) {
            if (!count.is_number_unsigned())
                continue;
            auto it = profile.stacks.find(stack);
            if (it == profile.stacks.end()) {
                bytes += stack.size();
                it = profile.stacks.emplace(bytes > mostBytes ? "(other stacks)" : stack, 0).first;
            }
            it->second += count.get<std::uint64_t>();
        }
    }

    Profile profile;
    std::size_t bytes = 0;
    std::size_t answers = 0;
    Wake wake;
};

} // namespace

Result<Profile> profileWorkers(asio::io_context &io, const PresentWorkers &workers,
                               std::chrono::milliseconds duration, Cancellation *cancellation,
                               asio::yield_context yield)
{
    const auto samples = std::make_shared<Samples>(io);
    std::vector<std::shared_ptr<Worker>> asked;
    bool isCancelled = cancellation && cancellation->isRequested();
    if (cancellation)
        cancellation->onRequest([&isCancelled, samples] {
            isCancelled = true;
            samples->wake.notify();
        });
    const auto end = Clock::now() + duration;
    while (Clock::now() < end && !isCancelled) {
        for (const std::shared_ptr<Worker> &worker : workers()) {
            if (worker->isLoading() || worker->isEnding() || worker->isGone() ||
                std::ranges::find(asked, worker) != asked.end())
                continue;
            worker->onProfiledSamples = [samples](const std::string &text) {
                ++samples->answers;
                samples->add(text);
                samples->wake.notify();
            };
            worker->setProfiling(true);
            asked.push_back(worker);
        }
        samples->wake.waitUntil(std::min(end, Clock::now() + lookInterval), yield);
    }
    for (const std::shared_ptr<Worker> &worker : asked)
        worker->setProfiling(false);
    const auto isSilent = [](const auto &worker) {
        return !worker->isGone() && worker->onProfiledSamples != nullptr;
    };
    const auto last = Clock::now() + answerLimit;
    while (Clock::now() < last && std::ranges::any_of(asked, isSilent))
        samples->wake.waitUntil(std::min(last, Clock::now() + lookInterval), yield);
    if (cancellation)
        cancellation->onRequest({});
    for (const std::shared_ptr<Worker> &worker : asked)
        worker->onProfiledSamples = {};
    if (isCancelled)
        return failure(ErrorCode::Cancelled, "profile");
    samples->profile.silent = int(asked.size()) - int(samples->answers);
    return samples->profile;
}

} // namespace runtime
