#pragma once

#include "runtime-bridge/base/error.h"

#include <chrono>
#include <string>
#include <string_view>

namespace runtime::importers {

/// When a timer fires: at a distance, or by a cron expression.
struct Schedule {
    std::chrono::milliseconds every{}; ///< 0: by \c cron.
    std::string cron; ///< Minute, hour, day, month, day of the week from 0 for Sunday.
    std::string zone; ///< "Asia/Shanghai"; empty: as the platform has it, UTC.
    bool operator==(const Schedule &) const = default;
};

/// Each reads what one platform writes. ErrorCode::ApplicationInvalid with the reason for what is
/// wrong, and for what we cannot express: "L", "W", "#", years, seconds beside other fields.

/// AWS: "rate(5 minutes)", "cron(0 10 ? * MON-FRI *)", its days of the week from 1 for Sunday.
[[nodiscard]] Result<Schedule> scheduleFromAws(std::string_view text);
/// Unix: "*/5 * * * *", "@hourly". OpenWhisk, OpenFaaS, Google.
[[nodiscard]] Result<Schedule> scheduleFromUnix(std::string_view text);
/// With a leading field of seconds, and a year at the end where there are seven: Azure, Tencent,
/// Alibaba. Also "@every 5m", "00:05:00" and "CRON_TZ=Asia/Shanghai 0 0 4 * * *".
[[nodiscard]] Result<Schedule> scheduleWithSeconds(std::string_view text);

} // namespace runtime::importers
