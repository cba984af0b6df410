#include "runtime-bridge/function/keyedsettings.h"

#include "runtime-bridge/base/suggestion.h"
#include "runtime-bridge/function/quantity.h"

#include <algorithm>
#include <cmath>

namespace runtime {

using std::chrono::milliseconds;

namespace {

std::string suggestedWord(std::string_view word, KeyedSettings::Words known)
{
    const std::optional<std::string> closest = closestWord(word, known);
    return closest ? "; did you mean \"" + *closest + "\"?" : std::string();
}

std::string articleOf(const std::string &kind)
{
    return std::string_view("aeiouh").find(kind.front()) != std::string_view::npos ? "an " : "a ";
}

} // namespace

void KeyedSettings::allow(Words known)
{
    std::vector<std::string> seen;
    for (const auto &item : m_node) {
        const std::string key = item.first.IsScalar() ? item.first.Scalar() : std::string();
        if (std::ranges::find(known, key) == known.end())
            wrong(item.first, "unknown key \"" + key + "\" in " + articleOf(m_kind) + m_kind +
                                  suggestedWord(key, known));
        else if (std::ranges::find(seen, key) != seen.end())
            wrong(item.first, "\"" + key + "\" is given twice");
        seen.push_back(key);
    }
}

std::string KeyedSettings::path(const char *key, std::string_view scheme)
{
    std::string given = text(key);
    if (given.starts_with(scheme))
        given.erase(0, scheme.size());
    return given.empty() ? given : (m_folder / given).lexically_normal().string();
}

milliseconds KeyedSettings::duration(const char *key, milliseconds otherwise)
{
    if (!has(key))
        return otherwise;
    if (const auto value = durationFromText(scalar(m_node[key])))
        return *value;
    wrong(m_node[key], "a duration such as 100ms, 3s or 5min is expected");
    return otherwise;
}

int KeyedSettings::whole(const char *key, int otherwise, int least, int most)
{
    if (!has(key))
        return otherwise;
    int value = 0;
    if (m_node[key].IsScalar() && YAML::convert<int>::decode(m_node[key], value) &&
        value >= least && value <= most)
        return value;
    wrong(m_node[key], "a whole number from " + std::to_string(least) + " to " +
                           std::to_string(most) + " is expected");
    return otherwise;
}

std::optional<double> KeyedSettings::number(const char *key)
{
    if (!has(key))
        return std::nullopt;
    double value = 0;
    if (m_node[key].IsScalar() && YAML::convert<double>::decode(m_node[key], value) &&
        std::isfinite(value))
        return value;
    wrong(m_node[key], "a number such as 200 or 0.5 is expected");
    return std::nullopt;
}

std::string KeyedSettings::choice(const char *key, Words known, const std::string &what)
{
    return has(key) ? this->known(m_node[key], known, what) : std::string();
}

std::vector<std::string> KeyedSettings::words(const char *key, Words known, const std::string &what)
{
    std::vector<std::string> list;
    for (const YAML::Node &item : m_node[key])
        if (std::string word = this->known(item, known, what); !word.empty())
            list.push_back(std::move(word));
    return list;
}

void KeyedSettings::wrong(const YAML::Node &place, std::string message)
{
    m_fine = false;
    m_note(place, std::move(message));
}

std::string KeyedSettings::scalar(const YAML::Node &node)
{
    if (!node.IsDefined() || node.IsNull())
        return {};
    if (node.IsScalar())
        return node.Scalar();
    wrong(node, "a single value is expected here");
    return {};
}

std::string KeyedSettings::known(const YAML::Node &node, Words known, const std::string &what)
{
    std::string word = scalar(node);
    if (std::ranges::find(known, word) != known.end())
        return word;
    wrong(node, "unknown " + what + " \"" + word + "\"" + suggestedWord(word, known));
    return {};
}

} // namespace runtime
