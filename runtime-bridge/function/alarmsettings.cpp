#include "runtime-bridge/function/alarmsettings.h"

#include "runtime-bridge/base/suggestion.h"
#include "runtime-bridge/function/quantity.h"

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace runtime {

using std::chrono::milliseconds;

namespace {

constexpr std::array<std::string_view, 4> alarmKeys{"on", "above", "for", "action"};
constexpr std::array<std::string_view, 3> alarmActions{"message", "webhook", "function"};
constexpr std::array<std::string_view, 3> alarmThings{"failures", "duration", "absence"};

std::string scalarOf(const YAML::Node &node)
{
    return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

std::string closestOf(const std::string &word, std::span<const std::string_view> known)
{
    const std::optional<std::string> closest = closestWord(word, known);
    return closest ? "; did you mean \"" + *closest + "\"?" : std::string();
}

/// "5%" as 0.05.
std::optional<double> shareFromText(const std::string &text)
{
    double percent = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, percent);
    if (error != std::errc() || rest + 1 != end || *rest != '%' || !(percent >= 0 && percent < 100))
        return std::nullopt;
    return percent / 100;
}

/// One alarm of the list, read key by key.
class AlarmReader
{
public:
    AlarmReader(const YAML::Node &node, const NoteProblem &note) : m_node(node), m_note(note) {}

    std::optional<Alarm> read(const std::string &owner)
    {
        if (!m_node.IsMap()) {
            wrong(m_node, "an alarm is a mapping such as {on: failures, above: 5%, for: 1m}");
            return std::nullopt;
        }
        checkKeys(m_node, alarmKeys, "an alarm");
        const std::string thing = scalarOf(m_node["on"]);
        const std::optional<AlarmKind> kind = alarmKindFromName(thing);
        if (!kind) {
            wrong(m_node["on"].IsDefined() ? m_node["on"] : m_node,
                  "an alarm is \"on\" failures, duration or absence" +
                      closestOf(thing, alarmThings));
            return std::nullopt;
        }
        m_alarm.on = *kind;
        readAbove();
        readWindow();
        if (m_node["action"].IsDefined())
            readAction(m_node["action"]);
        if (m_isFine)
            if (std::string objection = objectionTo(m_alarm, owner); !objection.empty())
                wrong(m_node, std::move(objection));
        if (!m_isFine)
            return std::nullopt;
        return m_alarm;
    }

private:
    void wrong(const YAML::Node &place, std::string message)
    {
        m_isFine = false;
        m_note(place, std::move(message));
    }

    void checkKeys(const YAML::Node &node, std::span<const std::string_view> known,
                   const std::string &where)
    {
        for (const auto &item : node) {
            const std::string key = scalarOf(item.first);
            if (std::ranges::find(known, key) == known.end())
                wrong(item.first,
                      "unknown key \"" + key + "\" in " + where + closestOf(key, known));
        }
    }

    void readAbove()
    {
        const YAML::Node above = m_node["above"];
        const YAML::Node place = above.IsDefined() ? above : m_node;
        if (m_alarm.on == AlarmKind::Absence) {
            if (above.IsDefined())
                wrong(above, "an alarm on absence has no \"above\": \"for\" says how long");
        } else if (m_alarm.on == AlarmKind::Failures) {
            if (const auto share = shareFromText(above.IsDefined() ? scalarOf(above) : "0%"))
                m_alarm.share = *share;
            else
                wrong(place, "an alarm on failures is \"above\" a share such as 5%");
        } else if (const auto time = durationFromText(scalarOf(above))) {
            m_alarm.duration = *time;
        } else {
            wrong(place, "an alarm on duration is \"above\" a time such as 200ms");
        }
    }

    void readWindow()
    {
        const YAML::Node window = m_node["for"];
        std::string text = scalarOf(window);
        if (text.ends_with('m')) // as people write minutes
            text += "in";
        if (const auto time = durationFromText(text))
            m_alarm.window = *time;
        else if (window.IsDefined() || m_alarm.on == AlarmKind::Absence)
            wrong(window.IsDefined() ? window : m_node,
                  "an alarm looks \"for\" a time such as 30s, 1m or 2h");
    }

    void readAction(const YAML::Node &action)
    {
        if (!action.IsMap() || action.size() == 0)
            return wrong(action, "an alarm's action is {message: …}, {webhook: \"http://…\"} or "
                                 "{function: NAME}");
        checkKeys(action, alarmActions, "an alarm's action");
        for (const std::string_view key : alarmActions) {
            const YAML::Node value = action[std::string(key)];
            if (value.IsDefined() && scalarOf(value).empty())
                wrong(value, "\"" + std::string(key) + "\" of an alarm's action has a value");
        }
        m_alarm.message = scalarOf(action["message"]);
        m_alarm.webhook = scalarOf(action["webhook"]);
        m_alarm.function = scalarOf(action["function"]);
    }

    const YAML::Node &m_node;
    const NoteProblem &m_note;
    Alarm m_alarm;
    bool m_isFine = true;
};

std::string quotedText(const std::string &text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

std::vector<Alarm> readAlarms(const YAML::Node &node, const std::string &owner,
                              const NoteProblem &note)
{
    std::vector<Alarm> alarms;
    if (!node.IsSequence()) {
        note(node, "alarms is a list: - {on: failures, above: 5%, for: 1m}");
        return alarms;
    }
    std::set<std::string> seen;
    for (const YAML::Node &item : node)
        if (std::optional<Alarm> alarm = AlarmReader(item, note).read(owner)) {
            if (!seen.insert(describe(*alarm)).second)
                note(item, "the alarm \"" + describe(*alarm) + "\" is given twice");
            else
                alarms.push_back(std::move(*alarm));
        }
    return alarms;
}

std::string alarmText(const Alarm &alarm)
{
    std::string text = "{on: " + std::string(wireName(alarm.on));
    char percent[32];
    std::snprintf(percent, sizeof percent, "%.6g%%", alarm.share * 100);
    if (alarm.on == AlarmKind::Failures)
        text += std::string(", above: ") + percent;
    else if (alarm.on == AlarmKind::Duration)
        text += ", above: " + std::to_string(alarm.duration.count()) + "ms";
    text += ", for: " + std::to_string(alarm.window.count()) + "ms";
    std::string action;
    for (const auto &[key, value] :
         {std::pair{"message", &alarm.message}, std::pair{"webhook", &alarm.webhook},
          std::pair{"function", &alarm.function}})
        if (!value->empty())
            action += (action.empty() ? "" : ", ") + std::string(key) + ": " + quotedText(*value);
    return text + (action.empty() ? "" : ", action: {" + action + "}") + "}";
}

} // namespace runtime
