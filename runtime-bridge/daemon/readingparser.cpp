#include "runtime-bridge/daemon/readingparser.h"

#include "runtime-bridge/protocol/boundedjson.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <optional>

namespace runtime {

using nlohmann::json;

namespace {

constexpr std::size_t longestName = 64;
constexpr std::size_t largestResult = 64 << 10;
constexpr std::string_view fullWidthColon = "\xef\xbc\x9a";

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isNamePart(char c)
{
    return isLetter(c) || isDigit(c) || c == '.' || c == '-' || c == '/';
}

/// Whether a name may begin after \a c: not in the middle of a word, a number or a path.
bool isBoundary(char c)
{
    return !isNamePart(c) && c != ':' && c != '@' && c != '\\';
}

/// Reads a line from left to right.
class LineReader
{
public:
    explicit LineReader(std::string_view line) : m_line(line) {}

    std::vector<NamedNumber> read()
    {
        std::vector<NamedNumber> found;
        while (m_at < m_line.size()) {
            if (!isLetter(m_line[m_at]) || (m_at > 0 && !isBoundary(m_line[m_at - 1]))) {
                ++m_at;
                continue;
            }
            const std::size_t begin = m_at;
            std::string name = readName();
            const std::size_t afterName = m_at;
            const std::optional<double> value = readSeparator(name) ? readNumber() : std::nullopt;
            if (value && !name.empty() && name.size() <= longestName)
                found.push_back({std::move(name), *value});
            else
                m_at = std::max(afterName, begin + 1);
        }
        return found;
    }

private:
    char at(std::size_t i) const { return i < m_line.size() ? m_line[i] : '\0'; }

    std::string readName()
    {
        const std::size_t begin = m_at;
        while (m_at < m_line.size() && isNamePart(m_line[m_at]) &&
               !m_line.substr(m_at).starts_with(fullWidthColon))
            ++m_at;
        std::string name(m_line.substr(begin, m_at - begin));
        if (at(m_at) == '"' || at(m_at) == '\'')
            ++m_at;
        return name;
    }

    void skipBlanks()
    {
        while (at(m_at) == ' ' || at(m_at) == '\t')
            ++m_at;
    }

    bool readSeparator(const std::string &name)
    {
        if (name.empty())
            return false;
        skipBlanks();
        if (m_line.substr(m_at).starts_with(fullWidthColon))
            m_at += fullWidthColon.size();
        else if (at(m_at) == ':' || at(m_at) == '=')
            ++m_at;
        else
            return false;
        skipBlanks();
        return true;
    }

    std::optional<double> readNumber()
    {
        std::size_t begin = m_at;
        if (at(begin) == '+')
            ++begin;
        const std::size_t digits = begin + (at(begin) == '-' ? 1 : 0);
        if (!isDigit(at(digits)) && !(at(digits) == '.' && isDigit(at(digits + 1))))
            return std::nullopt; // also "inf" and "nan", which are no numbers to draw
        double value = 0;
        const auto [end, error] =
            std::from_chars(m_line.data() + begin, m_line.data() + m_line.size(), value);
        if (error != std::errc())
            return std::nullopt;
        m_at = std::size_t(end - m_line.data());
        if (!endsWell())
            return std::nullopt;
        return value;
    }

    /// A unit may follow, but nothing that makes the number part of something else.
    bool endsWell()
    {
        std::size_t i = m_at;
        if (at(i) == '.' && !isDigit(at(i + 1)))
            return true; // the end of a sentence
        while (isLetter(at(i)) || at(i) == '%' || (at(i) == '/' && isLetter(at(i + 1))))
            ++i;
        const bool more = at(i) == ':' || at(i) == '.' || at(i) == '-' || at(i) == '/';
        if (isDigit(at(i)) || (more && isDigit(at(i + 1))))
            return false;
        m_at = i;
        return true;
    }

    std::string_view m_line;
    std::size_t m_at = 0;
};

std::optional<double> numberOf(const json &value)
{
    if (value.is_boolean())
        return value.get<bool>() ? 1.0 : 0.0;
    if (value.is_number() && std::isfinite(value.get<double>()))
        return value.get<double>();
    return std::nullopt;
}

} // namespace

std::vector<NamedNumber> readingsInLine(std::string_view line)
{
    return LineReader(line).read();
}

std::vector<NamedNumber> readingsInResult(std::string_view text)
{
    std::vector<NamedNumber> found;
    // A response of the most common shape; the others are found out below.
    if (text.size() > largestResult || text.starts_with(R"({"statusCode":)"))
        return found;
    const json value = readJson(text);
    if (value.is_number()) {
        if (const auto number = numberOf(value))
            found.push_back({"result", *number});
        return found;
    }
    if (!value.is_object() || value.contains("statusCode"))
        return found;
    for (const auto &[name, item] : value.items())
        if (const auto number = numberOf(item);
            number && !name.empty() && name.size() <= longestName)
            found.push_back({name, *number});
    return found;
}

} // namespace runtime
