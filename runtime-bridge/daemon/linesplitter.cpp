#include "runtime-bridge/daemon/linesplitter.h"

namespace runtime {

namespace {

/// Length of the valid sequence that \a text begins with; 0 when it is none.
std::size_t sequenceLength(std::string_view text)
{
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return continues(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const bool second = continues(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf);
        return second && continues(2) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const bool second = continues(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
        return second && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

} // namespace

std::string validUtf8(std::string_view text)
{
    std::string valid;
    valid.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        if (length == 0)
            valid += "\xef\xbf\xbd";
        else
            valid += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return valid;
}

void LineSplitter::feed(std::string_view bytes)
{
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos;) {
        if (m_rest.empty()) {
            give(bytes.substr(0, end));
        } else {
            m_rest += bytes.substr(0, end);
            give(m_rest);
            m_rest.clear();
        }
        bytes.remove_prefix(end + 1);
    }
    m_rest += bytes;
    while (m_rest.size() >= maxLine) {
        give(m_rest.substr(0, maxLine));
        m_rest.erase(0, maxLine);
    }
}

void LineSplitter::flush()
{
    if (m_rest.empty())
        return;
    give(m_rest);
    m_rest.clear();
}

void LineSplitter::give(std::string_view line)
{
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    do {
        m_line(validUtf8(line.substr(0, maxLine)));
        line.remove_prefix(std::min(line.size(), maxLine));
    } while (!line.empty());
}

} // namespace runtime
