#pragma once

#include <functional>
#include <utility>

namespace runtime {

/// Lets the one who asked for an invocation end it. Belongs to the asker; the invocation uses it
/// while it runs.
class Cancellation
{
public:
    void request()
    {
        m_requested = true;
        if (const auto act = std::exchange(m_act, {}))
            act();
    }
    [[nodiscard]] bool isRequested() const { return m_requested; }
    /// Called at most once; replaces what was set before.
    void onRequest(std::function<void()> act) { m_act = std::move(act); }

private:
    std::function<void()> m_act;
    bool m_requested = false;
};

} // namespace runtime
