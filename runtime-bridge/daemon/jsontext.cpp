#include "runtime-bridge/daemon/jsontext.h"

#include "runtime-bridge/daemon/httptext.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace runtime {

namespace {

constexpr bool isEscaped(char c)
{
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// Whether every byte stands for itself in JSON: ASCII with nothing to escape. Eight at a time: a
/// byte of \a eight is zero exactly where its highest bit is set in (eight - 1s) & ~eight, but for
/// borrows from a zero byte below, which is found anyway.
bool isPlain(std::string_view text)
{
    constexpr std::uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    const auto hasZero = [](std::uint64_t eight) { return (eight - ones) & ~eight & tops; };
    std::size_t at = 0;
    for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
        std::memcpy(&eight, text.data() + at, sizeof eight);
        const std::uint64_t controls = (eight - ones * 0x20) & ~eight;
        if (((eight | controls) & tops) != 0 || hasZero(eight ^ (ones * '"')) != 0 ||
            hasZero(eight ^ (ones * '\\')) != 0)
            return false;
    }
    return std::ranges::none_of(text.substr(at),
                                [](char c) { return isEscaped(c) || (c & 0x80) != 0; });
}

} // namespace

JsonText &JsonText::begin(char bracket)
{
    separate();
    m_text += bracket;
    m_needsComma = false;
    return *this;
}

JsonText &JsonText::end(char bracket)
{
    m_text += bracket;
    m_needsComma = true;
    return *this;
}

void JsonText::separate()
{
    if (m_needsComma)
        m_text += ',';
    m_needsComma = true;
}

JsonText &JsonText::key(std::string_view name)
{
    separate();
    quote(name);
    m_text += ':';
    m_needsComma = false;
    return *this;
}

JsonText &JsonText::value(std::string_view text)
{
    separate();
    quote(text);
    return *this;
}

JsonText &JsonText::value(std::int64_t number)
{
    separate();
    char digits[24];
    m_text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    return *this;
}

JsonText &JsonText::value(bool truth)
{
    return raw(truth ? "true" : "false");
}

JsonText &JsonText::raw(std::string_view json)
{
    separate();
    m_text += json;
    return *this;
}

void JsonText::quote(std::string_view text)
{
    if (isPlain(text)) { // as mostly
        m_text += '"';
        m_text += text;
        m_text += '"';
        return;
    }
    std::string plain;
    if (!isUtf8(text)) {
        plain = text;
        std::ranges::replace_if(
            plain, [](char c) { return (c & 0x80) != 0; }, '?');
        text = plain;
    }
    m_text += '"';
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (!isEscaped(c))
            continue;
        m_text += text.substr(done, at - done);
        done = at + 1;
        if (c == '"' || c == '\\') {
            m_text += '\\';
            m_text += c;
        } else {
            constexpr const char *digits = "0123456789abcdef";
            m_text += "\\u00";
            m_text += digits[c >> 4];
            m_text += digits[c & 0xf];
        }
    }
    m_text += text.substr(done);
    m_text += '"';
}

} // namespace runtime
