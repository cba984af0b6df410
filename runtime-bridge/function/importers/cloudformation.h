#pragma once

#include "runtime-bridge/function/importers/import.h"

#include <string>
#include <string_view>

namespace runtime::importers {

/// Works out the functions of an AWS CloudFormation template as far as they can be known without
/// the cloud: !Ref, !Sub, !Join, !Select, !FindInMap and !If, in their short and long forms, with
/// the defaults of the template's parameters. What a resource gets only when it is made there is
/// not there, with a finding.
class CloudFormation
{
public:
    /// \a root has Parameters, Mappings, Conditions and Resources.
    CloudFormation(Import &import, Node root) : m_import(import), m_root(std::move(root)) {}

    Node evaluate(const Node &node) { return evaluate(node, 0); }
    /// The logical name that a !Ref or !GetAtt means; else the words of a scalar.
    [[nodiscard]] static std::string nameMeant(const Node &node);
    /// Whether \a node is one of the functions.
    [[nodiscard]] static bool isValue(const Node &node);

private:
    Node evaluate(const Node &node, int depth);
    Node call(std::string_view function, const Node &argument, int depth);
    Node reference(const std::string &name, const Node &at);
    Node substitute(const Node &argument, int depth);
    Node join(const Node &argument, int depth);
    Node select(const Node &argument, int depth);
    Node findInMap(const Node &argument, int depth);
    Node choose(const Node &argument, int depth);
    bool holds(const Node &condition, int depth);

    Import &m_import;
    Node m_root;
};

} // namespace runtime::importers
