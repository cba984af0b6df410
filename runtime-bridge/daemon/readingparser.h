#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// A number and the name of its series.
struct NamedNumber {
    std::string name;
    double value = 0;
    bool operator==(const NamedNumber &) const = default;
};

/// Every `name:value` and `name=value` in a printed line, in order. Units and text around them are
/// fine ("temp: 21.5 °C, humidity = 40%"), quoted names too, so that JSON lines and the formats of
/// serial plotters work. Times, dates, addresses and version numbers are no readings.
[[nodiscard]] std::vector<NamedNumber> readingsInLine(std::string_view line);

/// The numbers and booleans (1, 0) at the top of a result object; a bare number is "result".
/// \a json is the result's text. The answer of an HTTP function (statusCode) holds none.
[[nodiscard]] std::vector<NamedNumber> readingsInResult(std::string_view json);

} // namespace runtime
