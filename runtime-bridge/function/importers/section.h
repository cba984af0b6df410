#pragma once

#include "runtime-bridge/function/importers/import.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::importers {

/// A map of a file, of which every key is taken, passed over by name, or told by end(): nothing is
/// dropped in silence.
class Section
{
public:
    /// \a where: 'function "create"', for the findings. A node that is there and no map is told.
    Section(Import &import, const Node &node, std::string where);

    /// The value, which is understood; Kind::Absent when it is not there.
    Node take(std::string_view key);
    /// Those of \a keys that are there have their meaning on their platform only.
    void pass(std::initializer_list<std::string_view> keys);
    /// Tells of all others.
    void end();

    [[nodiscard]] const Node &node() const { return m_node; }

private:
    Import &m_import;
    Node m_node;
    std::string m_where;
    std::vector<std::string_view> m_known;
};

} // namespace runtime::importers
