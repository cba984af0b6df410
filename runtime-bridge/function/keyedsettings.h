#pragma once

#include "runtime-bridge/function/triggersettings.h"

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// The settings of one trigger, read key by key. What is wrong is noted at its place.
class KeyedSettings
{
public:
    using Words = std::span<const std::string_view>;

    /// \a note outlives this.
    KeyedSettings(std::string kind, const YAML::Node &node, std::filesystem::path folder,
                  const NoteProblem &note)
        : m_kind(std::move(kind)), m_node(node), m_folder(std::move(folder)), m_note(note)
    {
    }

    /// Notes every key that is none of \a known.
    void allow(std::initializer_list<std::string_view> known)
    {
        allow(Words{known.begin(), known.size()});
    }
    void allow(Words known);

    [[nodiscard]] bool has(const char *key) const { return m_node[key].IsDefined(); }
    std::string text(const char *key) { return scalar(m_node[key]); }
    /// A path as the application file writes it, whole; empty when it is not there.
    std::string path(const char *key, std::string_view scheme = {});
    std::chrono::milliseconds duration(const char *key, std::chrono::milliseconds otherwise);
    int whole(const char *key, int otherwise, int least, int most);
    std::optional<double> number(const char *key);
    /// One of \a known; empty when it is not there.
    std::string choice(const char *key, Words known, const std::string &what);
    std::vector<std::string> words(const char *key, Words known, const std::string &what);

    /// Notes it at the key, or at the whole when the key is not there.
    void wrongAt(const char *key, std::string message)
    {
        wrong(has(key) ? m_node[key] : m_node, std::move(message));
    }
    void wrong(const YAML::Node &place, std::string message);

    [[nodiscard]] bool isFine() const { return m_fine; }
    [[nodiscard]] const YAML::Node &node() const { return m_node; }
    [[nodiscard]] const std::string &kind() const { return m_kind; }

private:
    std::string scalar(const YAML::Node &node);
    std::string known(const YAML::Node &node, Words known, const std::string &what);

    std::string m_kind;
    YAML::Node m_node;
    std::filesystem::path m_folder;
    const NoteProblem &m_note;
    bool m_fine = true;
};

} // namespace runtime
