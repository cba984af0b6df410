#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace runtime {

/// How far another machine's clock is ahead of this one's, from the times of questions and answers.
///
/// Of the last eight exchanges the quickest counts, for what it took bounds the error (the clock
/// filter of RFC 5905, section 10). A clock that was set is noticed at the next exchange.
class ClockOffset final
{
public:
    using Duration = std::chrono::microseconds;

    /// \a sentUs: this machine's clock when it asked, microseconds since 1970. \a took: until the
    /// answer was here. \a theirUs: what the other's clock showed in between.
    void add(std::int64_t sentUs, Duration took, std::int64_t theirUs);

    /// Nothing before the first exchange.
    [[nodiscard]] std::optional<Duration> offset() const;
    /// The true offset lies within this of offset().
    [[nodiscard]] Duration error() const;

private:
    struct Exchange {
        Duration offset, took;
    };
    [[nodiscard]] const Exchange *quickest() const;

    std::deque<Exchange> m_exchanges; ///< Oldest first.
};

} // namespace runtime
