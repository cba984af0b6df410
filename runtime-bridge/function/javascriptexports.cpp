#include "runtime-bridge/function/javascriptexports.h"

#include <algorithm>
#include <map>

namespace runtime {

namespace {

bool isIdentifierChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$';
}

/// \a text with spaces in the place of comments and of what stands in strings.
std::string codeOf(std::string_view text)
{
    std::string code(text);
    const auto blank = [&code](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < std::min(end, code.size()); ++i)
            if (code[i] != '\n')
                code[i] = ' ';
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = text.substr(i);
        if (rest.starts_with("//") || rest.starts_with("/*")) {
            const bool isLine = rest[1] == '/';
            const std::size_t found = isLine ? rest.find('\n') : rest.find("*/", 2);
            const std::size_t end = found == std::string_view::npos ? rest.size() : found;
            blank(i, i + end + (isLine ? 0 : 2));
            i += end;
        } else if (const char quote = text[i]; quote == '\'' || quote == '"' || quote == '`') {
            std::size_t end = i + 1;
            while (end < text.size() && text[end] != quote &&
                   (quote == '`' || text[end] != '\n')) // a quote in a regular expression
                end += text[end] == '\\' ? 2 : 1;
            blank(i + 1, end);
            i = end;
        }
    }
    return code;
}

/// What the right side of an assignment is.
struct Expression {
    std::optional<std::vector<SourceParameter>> parameters;
    std::string reference; ///< A name, where it is just that.
};

/// Walks over the words of a module, at any depth.
class Reader
{
public:
    explicit Reader(std::string_view text) : m_text(text), m_code(codeOf(text))
    {
        m_isGoogle = text.find("functions-framework") != std::string_view::npos;
        m_isAzure = text.find("@azure/functions") != std::string_view::npos;
    }

    std::vector<SourceFunction> read()
    {
        while (m_at < m_code.size()) {
            const char before = m_at > 0 ? m_code[m_at - 1] : ' ';
            if (!isIdentifierChar(m_code[m_at]) || isIdentifierChar(before)) {
                ++m_at;
                continue;
            }
            const std::string name = word();
            if (before != '.')
                takeWord(name);
            else if (m_isGoogle) // require('@google-cloud/functions-framework').http(…)
                takeRegistration(name);
        }
        return result();
    }

private:
    void skip()
    {
        while (m_at < m_code.size() && m_code[m_at] <= ' ' && m_code[m_at] >= 0)
            ++m_at;
    }
    bool take(std::string_view what)
    {
        skip();
        const std::string_view rest = std::string_view(m_code).substr(m_at);
        if (!rest.starts_with(what) ||
            (isIdentifierChar(what.back()) && rest.size() > what.size() &&
             isIdentifierChar(rest[what.size()])))
            return false;
        m_at += what.size();
        return true;
    }
    std::string word()
    {
        skip();
        const std::size_t begin = m_at;
        while (m_at < m_code.size() && isIdentifierChar(m_code[m_at]))
            ++m_at;
        return m_code.substr(begin, m_at - begin);
    }
    /// What stands in the brackets here; the reader moves behind them.
    std::optional<std::string> brackets()
    {
        skip();
        const std::size_t open = m_at;
        const std::size_t close = closingBracket(m_code, open);
        if (close == std::string::npos || close == open)
            return std::nullopt;
        m_at = close + 1;
        return m_code.substr(open + 1, close - open - 1);
    }

    void takeWord(const std::string &name)
    {
        const std::size_t behind = m_at;
        if (name == "module" ? take(".exports") : name == "exports")
            takeExports();
        else if (name == "export")
            takeExport();
        else if (name == "function" || name == "const" || name == "let" || name == "var")
            takeDeclaration(name, false);
        else
            takeRegistration(name);
        m_at = std::max(m_at, behind);
    }

    /// Behind "exports" or "module.exports".
    void takeExports()
    {
        std::string name = "default";
        if (take("."))
            name = word();
        if (!take("=") || m_code.compare(m_at, 1, "=") == 0)
            return;
        skip();
        if (name == "default" && m_code.compare(m_at, 1, "{") == 0)
            return takeList();
        const std::size_t here = m_at;
        m_exported[name] = expression();
        m_at = here; // a chain: module.exports = exports.handler = …
    }

    /// "{ a, b: c, d() {}, ...e }" of module.exports or "{ a, b as c }" of export.
    void takeList()
    {
        const std::size_t begin = m_at + 1;
        const std::optional<std::string> list = brackets();
        if (!list)
            return;
        const std::size_t end = m_at;
        for (const std::string_view part : partsOf(*list)) {
            m_at = begin + std::size_t(part.data() - list->data());
            std::string name = word();
            if (name == "async")
                if (const std::string method = word(); !method.empty())
                    name = method;
            if (name.empty())
                continue;
            if (take(":"))
                m_exported[name] = expression();
            else if (take("as"))
                m_exported[word()] = {std::nullopt, name};
            else if (skip(); m_code.compare(m_at, 1, "(") == 0)
                m_exported[name] = {parametersOf(brackets().value_or("")), {}};
            else
                m_exported[name] = {std::nullopt, name};
        }
        m_at = end;
    }

    void takeExport()
    {
        skip();
        if (m_code.compare(m_at, 1, "{") == 0)
            return takeList();
        if (take("default")) {
            m_exported["default"] = expression();
            return;
        }
        take("async");
        for (const char *kind : {"function", "const", "let", "var"})
            if (take(kind))
                return takeDeclaration(kind, true);
    }

    /// Behind "function", "const", "let" or "var".
    void takeDeclaration(const std::string &kind, bool exported)
    {
        take("*");
        const std::string name = word();
        Expression value;
        if (name.empty())
            return;
        if (kind == "function") {
            if (skip(); m_code.compare(m_at, 1, "(") != 0)
                return;
            value.parameters = parametersOf(brackets().value_or(""));
        } else {
            if (take(":")) // a type
                m_at = std::min(m_code.find('=', m_at), m_code.size());
            if (!take("="))
                return;
            const std::size_t here = m_at;
            value = expression();
            m_at = here;
        }
        (exported ? m_exported : m_declared).insert_or_assign(name, std::move(value));
    }

    /// "functions.http('name', …)" of Google's framework, "app.timer('name', …)" of Azure's.
    void takeRegistration(const std::string &object)
    {
        if (!m_isGoogle && !m_isAzure)
            return;
        const std::string kind = take(".") ? word() : object;
        const bool isGoogle =
            m_isGoogle && (kind == "http" || kind == "cloudEvent" || kind == "typed");
        const bool isAzure = m_isAzure && object == "app" && kind != object;
        if ((!isGoogle && !isAzure) || !take("("))
            return;
        skip();
        if (m_at >= m_code.size() || (m_code[m_at] != '\'' && m_code[m_at] != '"'))
            return;
        const std::size_t end = m_code.find(m_code[m_at], m_at + 1);
        if (end == std::string::npos)
            return;
        m_registered.push_back({std::string(m_text.substr(m_at + 1, end - m_at - 1)), std::nullopt,
                                (isGoogle ? "gcp." : "azure.") + kind});
    }

    Expression expression()
    {
        take("async");
        if (take("function")) {
            take("*");
            word();
            return {parametersOf(brackets().value_or("")), {}};
        }
        skip();
        if (m_code.compare(m_at, 1, "(") == 0) {
            const std::optional<std::string> list = brackets();
            if (take(":")) // a type
                m_at = std::min(m_code.find("=>", m_at), m_code.size());
            return take("=>") ? Expression{parametersOf(list.value_or("")), {}} : Expression();
        }
        const std::string name = word();
        if (take("=>"))
            return {parametersOf(name), {}};
        skip();
        const char next = m_at < m_code.size() ? m_code[m_at] : ';';
        const bool isAlone = next == ';' || next == ',' || next == '}' || isIdentifierChar(next);
        return {std::nullopt, isAlone ? name : std::string()};
    }

    std::vector<SourceFunction> result()
    {
        std::vector<SourceFunction> all = std::move(m_registered);
        const bool sawExports = std::ranges::any_of(
            m_exported, [](const auto &item) { return item.first != "default"; });
        if (!sawExports && !m_exported.contains("default"))
            m_exported = m_declared;
        else if (!sawExports && !parametersFor(m_exported["default"]))
            m_exported.insert(m_declared.begin(), m_declared.end());
        for (const auto &[name, value] : m_exported)
            all.push_back({name, parametersFor(value), {}});
        return all;
    }
    std::optional<std::vector<SourceParameter>> parametersFor(const Expression &value) const
    {
        const auto found = m_declared.find(value.reference);
        return found == m_declared.end() ? value.parameters : found->second.parameters;
    }

    std::string_view m_text;
    std::string m_code;
    std::size_t m_at = 0;
    bool m_isGoogle = false;
    bool m_isAzure = false;
    std::map<std::string, Expression> m_exported, m_declared;
    std::vector<SourceFunction> m_registered;
};

} // namespace

std::vector<SourceFunction> javascriptExports(std::string_view text)
{
    return Reader(text).read();
}

} // namespace runtime
