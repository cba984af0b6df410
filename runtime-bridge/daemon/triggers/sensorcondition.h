#pragma once

#include "runtime-bridge/function/sensortrigger.h"

#include <optional>
#include <string_view>

namespace runtime {

/// Says which of a sensor's values are events.
class SensorCondition
{
public:
    explicit SensorCondition(const SensorTrigger &trigger);

    /// Why \a value is one: "below", "above", "change", or "sample" where all are. Empty: it is
    /// none. A threshold is met once, and again when the value came back from it by the hysteresis.
    [[nodiscard]] std::string_view met(double value);

    /// Whether a value that was not asked about makes no difference to those after it.
    [[nodiscard]] bool canSkip() const { return !m_below && !m_above; }
    [[nodiscard]] bool takesAll() const { return canSkip() && m_change == 0; }

private:
    std::optional<double> m_below, m_above;
    double m_hysteresis, m_change;
    bool m_isBelow = false, m_isAbove = false;
    std::optional<double> m_told; ///< The last value that was an event.
};

} // namespace runtime
