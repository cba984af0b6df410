#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

/// One line of what was measured. A figure without a goal is there to compare with.
class Report
{
public:
    /// \a reached: whether \a goal is.
    void add(const std::string &what, const std::string &figure, const std::string &goal = {},
             bool reached = true)
    {
        std::printf("| %-52s | %-34s | %-28s | %s |\n", what.c_str(), figure.c_str(), goal.c_str(),
                    goal.empty() ? ""
                    : reached    ? "yes"
                                 : "NO");
        std::fflush(stdout);
        m_missed += reached ? 0 : 1;
    }

    void begin(const char *title)
    {
        std::printf("\n### %s\n| what | figure | goal | reached |\n|---|---|---|---|\n", title);
    }

    [[nodiscard]] int missed() const { return m_missed; }

private:
    int m_missed = 0;
};

/// "median 3.85, p97 5.21, max 6.12 ms"; sorts \a times.
[[nodiscard]] std::string quantiles(std::vector<double> &times);
/// The p97 of sorted \a times.
[[nodiscard]] inline double p97(const std::vector<double> &times)
{
    return times.empty() ? 0 : times[std::min(times.size() - 1, times.size() * 97 / 100)];
}
/// printf's format for one number.
[[nodiscard]] std::string number(const char *format, double value);

} // namespace bench
