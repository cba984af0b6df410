#include "runtime-bridge/daemon/triggers/sensorcondition.h"

#include <cmath>

namespace runtime {

namespace {

/// How much of a change binary fractions may take: 20.3 is 0.3 from 20.
constexpr double negligible = 1e-9;

} // namespace

SensorCondition::SensorCondition(const SensorTrigger &trigger)
    : m_below(trigger.below)
    , m_above(trigger.above)
    , m_hysteresis(trigger.hysteresis)
    , m_change(trigger.change)
{
}

std::string_view SensorCondition::met(double value)
{
    if (canSkip()) {
        if (m_change == 0)
            return "sample";
        if (m_told && std::abs(value - *m_told) < m_change * (1 - negligible))
            return {};
        m_told = value;
        return "change";
    }
    const bool wasBelow = m_isBelow, wasAbove = m_isAbove;
    if (m_below)
        m_isBelow = wasBelow ? value < *m_below + m_hysteresis : value < *m_below;
    if (m_above)
        m_isAbove = wasAbove ? value > *m_above - m_hysteresis : value > *m_above;
    if (m_isBelow && !wasBelow)
        return "below";
    return m_isAbove && !wasAbove ? "above" : "";
}

} // namespace runtime
