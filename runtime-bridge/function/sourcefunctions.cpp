#include "runtime-bridge/function/sourcefunctions.h"

#include "runtime-bridge/function/javascriptexports.h"

#include <algorithm>

namespace runtime {

namespace {

bool isWordChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view wordAt(std::string_view text)
{
    const auto end = std::ranges::find_if_not(text, isWordChar);
    return text.substr(0, std::size_t(end - text.begin()));
}

std::string_view lineAt(std::string_view text)
{
    return text.substr(0, text.find('\n'));
}

std::size_t count(std::string_view line, std::string_view part)
{
    std::size_t found = 0;
    for (std::size_t at = line.find(part); at != std::string_view::npos;
         at = line.find(part, at + part.size()))
        ++found;
    return found;
}

/// Reads a Python module line by line; only what stands at its left edge counts.
class PythonReader
{
public:
    std::vector<SourceFunction> read(std::string_view text)
    {
        while (!text.empty()) {
            const std::string_view line = lineAt(text);
            if (!m_inString)
                takeLine(line, text);
            for (const std::string_view quotes : {R"(""")", "'''"})
                if (count(line, quotes) % 2 == 1 && (!m_inString || m_quotes == quotes)) {
                    m_inString = !m_inString;
                    m_quotes = quotes;
                }
            text.remove_prefix(std::min(text.size(), line.size() + 1));
        }
        return std::move(m_functions);
    }

private:
    void takeLine(std::string_view line, std::string_view rest)
    {
        if (line.starts_with('@')) {
            m_marks.append(line).append("\n");
            return;
        }
        const bool isAsync = line.starts_with("async def ");
        if (isAsync || line.starts_with("def ")) {
            rest.remove_prefix(isAsync ? 10 : 4);
            takeDefinition(rest);
        } else if (!line.empty() && isWordChar(line.front())) {
            takeAssignment(line);
        }
        if (!line.empty() && line.front() != ' ' && line.front() != ')')
            m_marks.clear();
    }

    void takeDefinition(std::string_view text)
    {
        while (text.starts_with(' '))
            text.remove_prefix(1);
        const std::string_view name = wordAt(text);
        const std::size_t open = text.find('(', name.size());
        const std::size_t close = closingBracket(text, open);
        if (name.empty() || close == std::string_view::npos)
            return;
        m_functions.push_back(
            {std::string(name), parametersOf(text.substr(open + 1, close - open - 1)), m_marks});
    }

    void takeAssignment(std::string_view line)
    {
        const std::string_view name = wordAt(line);
        std::string_view rest = line.substr(name.size());
        while (rest.starts_with(' '))
            rest.remove_prefix(1);
        if (rest.starts_with('=') && !rest.starts_with("=="))
            m_functions.push_back({std::string(name), std::nullopt, {}});
    }

    std::vector<SourceFunction> m_functions;
    std::string m_marks;
    std::string_view m_quotes;
    bool m_inString = false;
};

} // namespace

std::size_t closingBracket(std::string_view text, std::size_t open)
{
    int depth = 0;
    for (std::size_t i = open; i < text.size(); ++i) {
        const char c = text[i];
        depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
        if (depth == 0)
            return i;
    }
    return std::string_view::npos;
}

std::vector<std::string_view> partsOf(std::string_view list)
{
    std::vector<std::string_view> parts;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= list.size(); ++i) {
        const char c = i < list.size() ? list[i] : ',';
        depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
        if (c != ',' || (depth != 0 && i < list.size()))
            continue;
        std::string_view part = list.substr(begin, i - begin);
        const std::size_t first = part.find_first_not_of(" \t\r\n");
        begin = i + 1;
        if (first == std::string_view::npos)
            continue;
        part.remove_prefix(first);
        parts.push_back(part.substr(0, part.find_last_not_of(" \t\r\n") + 1));
    }
    return parts;
}

std::vector<SourceParameter> parametersOf(std::string_view list)
{
    std::vector<SourceParameter> parameters;
    for (std::string_view part : partsOf(list)) {
        part = part.substr(0, part.find('='));
        if (part == "*" || part == "/")
            continue;
        const std::size_t colon = part.starts_with('{') ? std::string_view::npos : part.find(':');
        SourceParameter parameter;
        for (const char c : part.substr(0, colon))
            if (c != ' ' && c != '?' && (c != '_' || !parameter.name.empty()))
                parameter.name += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
        if (colon != std::string_view::npos)
            parameter.type = part.substr(colon + 1);
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

std::vector<SourceFunction> functionsIn(std::string_view text, std::string_view runtime)
{
    if (runtime == "python3")
        return PythonReader().read(text);
    if (runtime == "nodejs")
        return javascriptExports(text);
    return {};
}

} // namespace runtime
