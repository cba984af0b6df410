#include "runtime-bridge/function/importers/node.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace runtime::importers {

namespace {

constexpr std::size_t mostNodes = 200'000;

struct TooLarge {
};

/// Makes our nodes of yaml-cpp's.
class Converter
{
public:
    explicit Converter(std::shared_ptr<const std::string> file) : m_file(std::move(file)) {}

    Node convert(const YAML::Node &from)
    {
        if (++m_count > mostNodes)
            throw TooLarge{};
        Node node;
        node.file = m_file;
        if (const YAML::Mark mark = from.Mark(); !mark.is_null()) {
            node.line = mark.line + 1;
            node.column = mark.column + 1;
        }
        node.isQuoted = from.Tag() == "!";
        if (from.Tag().starts_with('!') && from.Tag().size() > 1)
            node.tag = from.Tag();
        switch (from.Type()) {
        case YAML::NodeType::Undefined: break;
        case YAML::NodeType::Null: node.kind = Node::Kind::Null; break;
        case YAML::NodeType::Scalar:
            node.kind = Node::Kind::Scalar;
            node.text = from.Scalar();
            break;
        case YAML::NodeType::Sequence:
            node.kind = Node::Kind::List;
            for (const YAML::Node &item : from)
                node.items.push_back(convert(item));
            break;
        case YAML::NodeType::Map: convertMembers(from, node); break;
        }
        return node;
    }

private:
    void convertMembers(const YAML::Node &from, Node &node)
    {
        node.kind = Node::Kind::Map;
        std::vector<Node> merged;
        for (const auto &item : from) {
            Member member{convert(item.first), convert(item.second)};
            if (member.name.text == "<<" && !member.name.isQuoted)
                for (Node &source : member.value.asList())
                    merged.push_back(std::move(source));
            else
                node.members.push_back(std::move(member));
        }
        for (const Node &source : merged)
            for (const Member &member : source.members)
                if (!node.find(member.name.text))
                    node.members.push_back(member);
    }

    std::shared_ptr<const std::string> m_file;
    std::size_t m_count = 0;
};

} // namespace

const Node *Node::find(std::string_view name) const
{
    const auto it = std::ranges::find_if(
        members, [name](const Member &member) { return member.name.text == name; });
    return it == members.end() ? nullptr : &it->value;
}

Node Node::operator[](std::string_view name) const
{
    if (const Node *found = find(name))
        return *found;
    Node absent;
    absent.file = file;
    absent.line = line;
    absent.column = column;
    return absent;
}

Node Node::scalar(std::string words) const
{
    Node node;
    node.kind = Kind::Scalar;
    node.text = std::move(words);
    node.file = file;
    node.line = line;
    node.column = column;
    return node;
}

std::vector<Node> Node::asList() const
{
    if (isList())
        return items;
    return isThere() ? std::vector<Node>{*this} : std::vector<Node>();
}

Document readDocument(std::string_view text, const std::filesystem::path &file)
{
    const auto name = std::make_shared<const std::string>(file.string());
    Document document;
    const auto refuse = [&](const YAML::Mark &mark, std::string message) {
        const bool known = !mark.is_null();
        document.problems.push_back({*name, known ? mark.line + 1 : 0, known ? mark.column + 1 : 0,
                                     false, std::move(message)});
    };
    try {
        document.root = Converter(name).convert(YAML::Load(std::string(text)));
    } catch (const YAML::Exception &exception) {
        refuse(exception.mark, exception.msg);
    } catch (const TooLarge &) {
        refuse(YAML::Mark::null_mark(), "the file holds more than 200,000 values");
    }
    return document;
}

} // namespace runtime::importers
