#include "runtime-bridge/function/importers/section.h"

#include "runtime-bridge/base/suggestion.h"

#include <algorithm>

namespace runtime::importers {

Section::Section(Import &import, const Node &node, std::string where)
    : m_import(import), m_node(node), m_where(std::move(where))
{
    if (node.isThere() && !node.isMap())
        m_import.note(node, m_where + " is a mapping of names to values");
}

Node Section::take(std::string_view key)
{
    m_known.push_back(key);
    return m_node[key];
}

void Section::pass(std::initializer_list<std::string_view> keys)
{
    std::string present;
    const Node *first = nullptr;
    int count = 0;
    for (const Member &member : m_node.members)
        if (std::ranges::find(keys, member.name.text) != keys.end()) {
            present += (count++ ? ", \"" : "\"") + member.name.text + '"';
            first = first ? first : &member.name;
        }
    m_known.insert(m_known.end(), keys);
    if (first)
        m_import.note(*first, present + " in " + m_where + (count > 1 ? " have" : " has") +
                                  " no effect here");
}

void Section::end()
{
    for (const Member &member : m_node.members) {
        if (std::ranges::find(m_known, member.name.text) != m_known.end())
            continue;
        const auto closest = closestWord(member.name.text, m_known);
        m_import.note(member.name, "\"" + member.name.text + "\" in " + m_where +
                                       " is not understood" +
                                       (closest ? "; did you mean \"" + *closest + "\"?" : ""));
    }
}

} // namespace runtime::importers
