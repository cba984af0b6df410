#include "runtime-bridge/function/importers/serverlessvariables.h"

#include "runtime-bridge/base/file.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace runtime::importers {

namespace fs = std::filesystem;

namespace {

constexpr int deepest = 20;
constexpr std::size_t mostValues = 100'000; ///< Replaced; nested references multiply.

std::string_view trim(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// Where the "${" before \a begin is closed; npos where it is not.
std::size_t closing(std::string_view text, std::size_t begin)
{
    int open = 1;
    for (std::size_t i = begin; i < text.size(); ++i) {
        if (text.substr(i, 2) == "${") {
            ++open;
            ++i;
        } else if (text[i] == '}' && --open == 0) {
            return i;
        }
    }
    return std::string_view::npos;
}

/// "${AWS::Region}" belongs to CloudFormation, "${name}" to a shell.
bool isVariable(std::string_view expression)
{
    const std::size_t end = expression.find_first_of(":({");
    if (end == std::string_view::npos)
        return false;
    if (expression[end] == ':' && expression.substr(end, 2) == "::")
        return false;
    const std::string_view word = trim(expression.substr(0, end));
    return !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
        return std::isalnum(c) || c == '-' || c == '_' || c == '.';
    });
}

/// The parts between commas that are in no quotation marks, parentheses or variables.
std::vector<std::string_view> alternatives(std::string_view text)
{
    std::vector<std::string_view> parts;
    char quote = 0;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0)
            quote = c == quote ? char(0) : quote;
        else if (c == '\'' || c == '"')
            quote = c;
        else if (c == '(' || c == '{')
            ++depth;
        else if (c == ')' || c == '}')
            --depth;
        else if (c == ',' && depth == 0) {
            parts.push_back(trim(text.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    parts.push_back(trim(text.substr(begin)));
    return parts;
}

bool isWord(std::string_view text)
{
    return text == "true" || text == "false" || text == "null" ||
           (!text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos);
}

} // namespace

ServerlessVariables::ServerlessVariables(Import &import, const Node &root)
    : m_import(import), m_root(root)
{
    if (!Import::isTrue(root["useDotenv"]))
        return;
    const Node stage = resolve(root["provider"]["stage"]);
    readDotenv(".env." + (stage.text.empty() ? std::string("dev") : stage.text));
    readDotenv(".env");
}

/// NAME=value lines; what an earlier file or the process has stays.
void ServerlessVariables::readDotenv(const std::string &file)
{
    const Result<std::string> text = readFile(m_import.folder() / file, 1u << 20);
    if (text)
        m_import.addPart(m_import.folder() / file);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const std::size_t equals = line.find('=');
        std::string_view name = trim(line.substr(0, equals));
        if (equals == std::string_view::npos || name.starts_with('#'))
            continue;
        if (name.starts_with("export "))
            name = trim(name.substr(7));
        std::string_view value = trim(line.substr(equals + 1));
        if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
            value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        m_dotenv.emplace(name, value);
    }
}

Node ServerlessVariables::resolve(const Node &node)
{
    return resolve(node, 0);
}

Node ServerlessVariables::resolve(const Node &node, int depth)
{
    if (++m_count > mostValues) {
        m_import.note(m_root, "the variables multiply without end");
        return node["absent"];
    }
    if (node.isScalar())
        return resolveText(node, depth);
    Node resolved = node;
    for (Node &item : resolved.items)
        item = resolve(item, depth);
    for (Member &member : resolved.members) {
        member.name = resolve(member.name, depth);
        member.value = resolve(member.value, depth);
    }
    return resolved;
}

/// A text that is one variable takes its value whatever it is; within a longer text only scalars
/// have a place.
Node ServerlessVariables::resolveText(const Node &node, int depth)
{
    if (node.text.find("${") == std::string::npos)
        return node;
    if (depth > deepest) {
        m_import.note(node, "the variables in \"" + node.text + "\" refer to themselves");
        return node["absent"];
    }
    const std::string_view text = node.text;
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end =
            text.substr(i, 2) == "${" ? closing(text, i + 2) : std::string_view::npos;
        const std::string_view expression =
            end == std::string_view::npos ? std::string_view() : text.substr(i + 2, end - i - 2);
        if (!isVariable(expression)) {
            out += text[i++];
            continue;
        }
        const Node found = value(expression, node, depth + 1);
        if (i == 0 && end + 1 == text.size())
            return found;
        if (!found.isThere())
            return found;
        if (!found.isScalar()) {
            m_import.note(node, "\"${" + std::string(expression) + "}\" is no single value");
            return node["absent"];
        }
        out += found.text;
        i = end + 1;
    }
    Node replaced = node.scalar(std::move(out));
    replaced.isQuoted = true;
    return replaced;
}

Node ServerlessVariables::value(std::string_view expression, const Node &at, int depth)
{
    // Variables within the address come first: ${self:custom.${opt:stage}.name}
    const Node address = resolveText(at.scalar(std::string(expression)), depth);
    if (!address.isScalar())
        return address;
    bool isNull = false;
    for (const std::string_view part : alternatives(address.text)) {
        // "stage: ${opt:stage, 'dev'}" stands for the option that it asks for itself.
        const auto [open, isNew] = m_open.emplace(part);
        if (!isNew)
            continue;
        Node found = source(part, at, depth);
        m_open.erase(open);
        if (found.isThere())
            return found;
        isNull = isNull || found.kind == Node::Kind::Null;
    }
    if (isNull) {
        Node null = at["null"];
        null.kind = Node::Kind::Null;
        return null;
    }
    // On its command line they have values in any case.
    for (const std::string_view part : alternatives(address.text))
        if (part == "opt:stage" || part == "opt:region")
            return at.scalar(part == "opt:stage" ? "dev" : "us-east-1");
    if (!std::exchange(m_isTold, false))
        m_import.note(at, "the value of \"${" + std::string(expression) + "}\" is not known here");
    return at["absent"];
}

Node ServerlessVariables::source(std::string_view words, const Node &at, int depth)
{
    if (words.size() > 1 && (words.front() == '\'' || words.front() == '"') &&
        words.back() == words.front())
        return at.scalar(std::string(words.substr(1, words.size() - 2)));
    if (isWord(words))
        return at.scalar(std::string(words));
    if (words.starts_with("file("))
        return fromFile(words, at, depth);
    if (words.starts_with("strToBool(") && words.ends_with(')')) {
        const Node inner = source(trim(words.substr(10, words.size() - 11)), at, depth);
        const bool isTrue = Import::isTrue(inner) || inner.text == "1" || words == "strToBool(1)";
        return at.scalar(isTrue ? "true" : "false");
    }
    const std::size_t colon = words.find(':');
    const std::string_view kind = words.substr(0, colon);
    const std::string name(colon == std::string_view::npos ? "" : words.substr(colon + 1));
    if (kind == "self")
        return self(name, at, depth);
    if (kind == "opt")
        return option(name, at, depth);
    if (kind == "env")
        return variable(name, at);
    if (kind == "sls" && name == "stage")
        return option("stage", at, depth);
    if (kind == "sls" && name == "instanceId")
        return at.scalar("local");
    if (kind == "param") {
        const Node stage = option("stage", at, depth);
        const Node &params = m_root["params"];
        Node found = follow(params[stage.text], name, depth);
        return found.kind != Node::Kind::Absent ? found : follow(params["default"], name, depth);
    }
    return at["absent"];
}

Node ServerlessVariables::self(std::string_view path, const Node &at, int depth)
{
    // What everybody may leave out has the tool's own values.
    Node found = follow(m_root, path, depth);
    if (found.kind == Node::Kind::Absent && path == "provider.stage")
        return at.scalar("dev");
    if (found.kind == Node::Kind::Absent && path == "provider.region")
        return at.scalar("us-east-1");
    if (path == "service" && found.isMap())
        return found["name"];
    return found;
}

Node ServerlessVariables::option(const std::string &name, const Node &at, int depth)
{
    if (name != "stage" && name != "region")
        return at["absent"];
    const Node found = follow(m_root["provider"], name, depth + 1);
    return found.isScalar() ? found : at.scalar(name == "stage" ? "dev" : "us-east-1");
}

Node ServerlessVariables::variable(const std::string &name, const Node &at) const
{
    if (const char *value = std::getenv(name.c_str()))
        return at.scalar(value);
    const auto it = m_dotenv.find(name);
    return it == m_dotenv.end() ? at["absent"] : at.scalar(it->second);
}

/// file(path):address
Node ServerlessVariables::fromFile(std::string_view words, const Node &at, int depth)
{
    const std::size_t end = words.find(')');
    if (end == std::string_view::npos || depth > deepest)
        return at["absent"];
    const std::string name(trim(words.substr(5, end - 5)));
    const fs::path file = (m_import.folder() / name).lexically_normal();
    const fs::path relative = file.lexically_relative(m_import.folder());
    const std::string ending = file.extension().string();
    if (relative.empty() || *relative.begin() == "..") {
        m_import.note(at, "the file \"" + name + "\" lies outside of the folder");
        m_isTold = true;
        return at["absent"];
    }
    auto it = m_files.find(file.string());
    if (it == m_files.end()) {
        const Result<std::string> text = readFile(file, 1u << 20);
        if (!text)
            return at["absent"]; // the next source may have it
        m_import.addPart(file);
        Node root = at.scalar(std::string(trim(*text)));
        if (ending == ".yml" || ending == ".yaml" || ending == ".json") {
            Document document = readDocument(*text, file);
            for (const Problem &problem : document.problems)
                m_import.note(at, name + ":" + std::to_string(problem.line) + ":" +
                                      std::to_string(problem.column) + ": " + problem.message);
            root = std::move(document.root);
        } else if (ending == ".js" || ending == ".cjs" || ending == ".mjs" || ending == ".ts") {
            m_import.note(at, "the file \"" + name + "\" is a program, which is not run here");
            m_isTold = true;
            return at["absent"];
        }
        it = m_files.emplace(file.string(), std::move(root)).first;
    }
    std::string_view address = trim(words.substr(end + 1));
    if (address.starts_with(':'))
        address.remove_prefix(1);
    return follow(it->second, address, depth);
}

Node ServerlessVariables::follow(Node node, std::string_view path, int depth)
{
    while (!path.empty()) {
        const std::string_view step = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), step.size() + 1));
        if (node.isScalar())
            node = resolve(node, depth + 1);
        if (node.isList() && step.find_first_not_of("0123456789") == std::string_view::npos &&
            step.size() < 6 &&
            std::size_t(std::atoi(std::string(step).c_str())) < node.items.size()) {
            Node item = node.items[std::size_t(std::atoi(std::string(step).c_str()))];
            node = std::move(item);
            continue;
        }
        if (step.empty())
            continue;
        Node next = node[step];
        node = std::move(next);
    }
    return resolve(node, depth + 1);
}

} // namespace runtime::importers
