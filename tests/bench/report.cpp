#include "tests/bench/report.h"

#include <array>

namespace bench {

std::string number(const char *format, double value)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

std::string quantiles(std::vector<double> &times)
{
    if (times.empty())
        return "nothing";
    std::sort(times.begin(), times.end());
    return number("median %.2f", times[times.size() / 2]) + number(", p97 %.2f", p97(times)) +
           number(", max %.2f ms", times.back());
}

} // namespace bench
