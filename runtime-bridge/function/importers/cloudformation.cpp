#include "runtime-bridge/function/importers/cloudformation.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace runtime::importers {

namespace {

constexpr int deepest = 40;

/// "!Sub" and {"Fn::Sub": …} are one function, "Sub"; "" for a value that is no call.
struct Call {
    std::string function;
    Node argument;
};

Call callIn(const Node &node)
{
    if (node.tag.starts_with("!") && node.tag.size() > 1) {
        Call call{node.tag.substr(1), node};
        call.argument.tag.clear();
        return call;
    }
    if (!node.isMap() || node.members.size() != 1)
        return {};
    const std::string &key = node.members.front().name.text;
    if (key == "Ref" || key == "Condition")
        return {key, node.members.front().value};
    if (key.starts_with("Fn::"))
        return {key.substr(4), node.members.front().value};
    return {};
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> pseudoParameters{{
    {"AWS::Region", "us-east-1"},
    {"AWS::AccountId", "000000000000"},
    {"AWS::Partition", "aws"},
    {"AWS::URLSuffix", "amazonaws.com"},
    {"AWS::StackId", "local"},
    {"AWS::NoValue", ""},
}};

/// What a resource is called there is what these say, where they do.
constexpr std::array<std::string_view, 6> nameProperties{
    "BucketName", "QueueName", "TableName", "TopicName", "FunctionName", "StreamName"};

} // namespace

std::string CloudFormation::nameMeant(const Node &node)
{
    const Call call = callIn(node);
    if (call.function.empty())
        return node.text;
    if (call.function == "GetAtt" && call.argument.isList() && !call.argument.items.empty())
        return call.argument.items.front().text;
    if (call.function == "GetAtt")
        return call.argument.text.substr(0, call.argument.text.find('.'));
    return call.argument.text;
}

bool CloudFormation::isValue(const Node &node)
{
    return !callIn(node).function.empty();
}

Node CloudFormation::evaluate(const Node &node, int depth)
{
    if (depth > deepest) {
        m_import.note(node, "the value refers to itself");
        return node["absent"];
    }
    if (const Call function = callIn(node); !function.function.empty()) {
        Node value = call(function.function, function.argument, depth + 1);
        if (value.line == 0) {
            value.line = node.line;
            value.column = node.column;
        }
        return value;
    }
    Node value = node;
    for (Node &item : value.items)
        item = evaluate(item, depth + 1);
    for (Member &member : value.members)
        member.value = evaluate(member.value, depth + 1);
    return value;
}

Node CloudFormation::call(std::string_view function, const Node &argument, int depth)
{
    if (function == "Ref")
        return reference(argument.text, argument);
    if (function == "Sub")
        return substitute(argument, depth);
    if (function == "Join")
        return join(argument, depth);
    if (function == "Select")
        return select(argument, depth);
    if (function == "FindInMap")
        return findInMap(argument, depth);
    if (function == "If")
        return choose(argument, depth);
    m_import.note(argument, "the value of !" + std::string(function) +
                                (argument.isScalar() ? " " + argument.text : std::string()) +
                                " is known in the cloud only");
    return argument["absent"];
}

Node CloudFormation::reference(const std::string &name, const Node &at)
{
    if (name == "AWS::StackName")
        return at.scalar(m_import.application().name);
    if (name == "AWS::NoValue")
        return at["absent"];
    for (const auto &[parameter, value] : pseudoParameters)
        if (name == parameter)
            return at.scalar(std::string(value));
    if (const Node parameter = m_root["Parameters"][name]; parameter.isThere()) {
        Node value = parameter["Default"];
        if (!value.isThere())
            m_import.note(at, "the parameter \"" + name + "\" has no default");
        return value;
    }
    const Node resource = m_root["Resources"][name];
    if (!resource.isThere()) {
        m_import.note(at, "there is no parameter or resource \"" + name + "\"");
        return at["absent"];
    }
    for (const std::string_view property : nameProperties)
        if (const Node given = resource["Properties"][property];
            given.isScalar() && given.tag.empty())
            return at.scalar(given.text);
    m_import.note(at, "the resource \"" + name + "\" gets its name in the cloud; here it is \"" +
                          name + "\"");
    return at.scalar(name);
}

/// "…${Name}…", or such a text with a map of further values.
Node CloudFormation::substitute(const Node &argument, int depth)
{
    const Node text = argument.isList() && !argument.items.empty() ? argument.items[0] : argument;
    const Node values =
        argument.isList() && argument.items.size() > 1 ? argument.items[1] : argument["absent"];
    std::string out;
    std::string_view rest = text.text;
    while (!rest.empty()) {
        const std::size_t begin = rest.find("${");
        const std::size_t end = begin == std::string_view::npos ? begin : rest.find('}', begin);
        if (end == std::string_view::npos)
            break;
        out += rest.substr(0, begin);
        const std::string name(rest.substr(begin + 2, end - begin - 2));
        rest.remove_prefix(end + 1);
        if (name.starts_with('!')) { // "${!Literal}"
            out += "${" + name.substr(1) + '}';
            continue;
        }
        Node value;
        if (const Node *own = values.find(name))
            value = evaluate(*own, depth + 1);
        else if (name.find('.') != std::string::npos)
            m_import.note(text, "the value of \"" + name + "\" is known in the cloud only");
        else
            value = evaluate(reference(name, text), depth + 1);
        if (!value.isScalar())
            return argument["absent"];
        out += value.text;
    }
    out += rest;
    return text.scalar(std::move(out));
}

Node CloudFormation::join(const Node &argument, int depth)
{
    if (!argument.isList() || argument.items.size() != 2)
        return argument["absent"];
    std::string out;
    bool first = true;
    for (const Node &item : evaluate(argument.items[1], depth + 1).asList()) {
        if (!item.isScalar())
            return argument["absent"];
        out += (std::exchange(first, false) ? "" : argument.items[0].text) + item.text;
    }
    return argument.scalar(std::move(out));
}

Node CloudFormation::select(const Node &argument, int depth)
{
    if (!argument.isList() || argument.items.size() != 2)
        return argument["absent"];
    const std::vector<Node> items = evaluate(argument.items[1], depth + 1).asList();
    const std::int64_t index = m_import.number(argument.items[0]).value_or(0);
    return std::size_t(index) < items.size() ? items[std::size_t(index)] : argument["absent"];
}

Node CloudFormation::findInMap(const Node &argument, int depth)
{
    if (!argument.isList() || argument.items.size() < 3)
        return argument["absent"];
    Node found = m_root["Mappings"];
    for (const Node &step : argument.items) {
        Node next = found[evaluate(step, depth + 1).text];
        found = std::move(next);
    }
    if (!found.isThere())
        m_import.note(argument, "the map has no such value");
    return found;
}

Node CloudFormation::choose(const Node &argument, int depth)
{
    if (!argument.isList() || argument.items.size() != 3)
        return argument["absent"];
    const Node condition = m_root["Conditions"][argument.items[0].text];
    return evaluate(argument.items[holds(condition, depth + 1) ? 1 : 2], depth + 1);
}

bool CloudFormation::holds(const Node &condition, int depth)
{
    const Call function = callIn(condition);
    const std::vector<Node> &arguments = function.argument.items;
    if (depth > deepest)
        return false;
    if (function.function == "Condition")
        return holds(m_root["Conditions"][function.argument.text], depth + 1);
    if (function.function == "Equals" && arguments.size() == 2)
        return evaluate(arguments[0], depth + 1).text == evaluate(arguments[1], depth + 1).text;
    const auto itHolds = [&](const Node &item) { return holds(item, depth + 1); };
    if (function.function == "Not")
        return arguments.size() == 1 && !itHolds(arguments[0]);
    if (function.function == "And")
        return std::ranges::all_of(arguments, itHolds);
    return function.function == "Or" && std::ranges::any_of(arguments, itHolds);
}

} // namespace runtime::importers
