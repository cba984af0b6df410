#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace runtime {

/// Makes lines of the bytes that a worker prints: valid UTF-8, without their ends, and never
/// longer than maxLine: a longer one comes in pieces.
class LineSplitter
{
public:
    using Line = std::function<void(std::string)>;
    static constexpr std::size_t maxLine = 16 << 10;

    explicit LineSplitter(Line line) : m_line(std::move(line)) {}

    void feed(std::string_view bytes);
    /// What is there, though its end has not come.
    void flush();
    [[nodiscard]] bool isEmpty() const { return m_rest.empty(); }

private:
    void give(std::string_view line);

    Line m_line;
    std::string m_rest;
};

/// \a text with every byte that is not part of valid UTF-8 (RFC 3629) replaced by U+FFFD.
[[nodiscard]] std::string validUtf8(std::string_view text);

} // namespace runtime
