#include "runtime-bridge/function/quantity.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

namespace runtime {

namespace {

struct Quantity {
    double number = 0;
    std::string_view unit;
};

std::optional<Quantity> split(std::string_view text)
{
    Quantity quantity;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), quantity.number);
    if (error != std::errc() || quantity.number < 0 || !std::isfinite(quantity.number))
        return std::nullopt;
    quantity.unit = text.substr(std::size_t(end - text.data()));
    while (quantity.unit.starts_with(' '))
        quantity.unit.remove_prefix(1);
    return quantity;
}

template<std::size_t N> std::optional<double>
scaled(std::string_view text, const std::array<std::pair<std::string_view, double>, N> &units)
{
    const std::optional<Quantity> quantity = split(text);
    if (!quantity)
        return std::nullopt;
    for (const auto &[unit, factor] : units)
        if (unit == quantity->unit)
            return quantity->number * factor;
    return std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> durationFromText(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, double>, 6> units{
        {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"min", 60e3}, {"h", 3600e3}, {"d", 86400e3}}};
    const std::optional<double> value = scaled(text, units);
    if (!value || *value > 1e12 || *value != std::floor(*value))
        return std::nullopt;
    return std::chrono::milliseconds(std::int64_t(*value));
}

std::optional<std::uint64_t> sizeFromText(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, double>, 8> units{
        {{"", 1},
         {"B", 1},
         {"KB", 1024},
         {"K", 1024},
         {"MB", 1048576.0},
         {"M", 1048576.0},
         {"GB", 1073741824.0},
         {"G", 1073741824.0}}};
    const std::optional<double> value = scaled(text, units);
    if (!value || *value > 1e15)
        return std::nullopt;
    return std::uint64_t(*value);
}

} // namespace runtime
