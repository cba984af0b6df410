#include "runtime-bridge/daemon/httptext.h"

#include <algorithm>
#include <cstdint>

namespace runtime {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool isTokenChar(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

} // namespace

std::string toLower(std::string text)
{
    for (char &c : text)
        if (c >= 'A' && c <= 'Z')
            c = char(c - 'A' + 'a');
    return text;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::string percentDecoded(std::string_view text, bool isQuery)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
        const int low = high >= 0 ? hexDigit(text[i + 2]) : -1;
        if (low >= 0) {
            decoded += char(high << 4 | low);
            i += 2;
        } else {
            decoded += isQuery && text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

std::vector<std::pair<std::string, std::string>> queryPairs(std::string_view query)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty())
            continue;
        const std::size_t equals = pair.find('=');
        pairs.emplace_back(percentDecoded(pair.substr(0, equals), true),
                           equals == std::string_view::npos
                               ? std::string()
                               : percentDecoded(pair.substr(equals + 1), true));
    }
    return pairs;
}

bool isHeader(std::string_view name, std::string_view value)
{
    return !name.empty() && std::ranges::all_of(name, isTokenChar) &&
           std::ranges::none_of(
               value, [](char c) { return (std::uint8_t(c) < 0x20 && c != '\t') || c == '\x7f'; });
}

bool isConnectionHeader(std::string_view name)
{
    const std::string lower = toLower(std::string(name));
    return lower == "content-length" || lower == "transfer-encoding" || lower == "connection" ||
           lower == "keep-alive" || lower == "upgrade" || lower == "trailer";
}

} // namespace runtime
