#include "editor/ui/lexers.h"

#include "editor/ui/qscilexers.h"

namespace editor {

namespace {

/// Python 3 words; the library's own list is that of Python 2.
class PythonLexer final : public QsciLexerPython
{
public:
    using QsciLexerPython::QsciLexerPython;

    const char *keywords(int set) const override
    {
        if (set == 1)
            return "False None True and as assert async await break class continue def del elif "
                   "else except finally for from global if import in is lambda match nonlocal not "
                   "or pass raise return try while with yield";
        if (set == 2)
            return "abs all any bool bytes bytearray callable chr dict dir enumerate filter float "
                   "format frozenset getattr hasattr hash hex id input int isinstance issubclass "
                   "iter len list map max min next object open ord pow print property range repr "
                   "reversed round set setattr slice sorted staticmethod classmethod str sum super "
                   "tuple type vars zip Exception ValueError KeyError TypeError RuntimeError "
                   "OSError IndexError AttributeError StopIteration TimeoutError";
        return nullptr;
    }
};

/// Today's JavaScript.
class JavaScriptLexer final : public QsciLexerJavaScript
{
public:
    using QsciLexerJavaScript::QsciLexerJavaScript;

    const char *keywords(int set) const override
    {
        if (set == 1)
            return "async await break case catch class const continue debugger default delete do "
                   "else export extends false finally for from function get if import in "
                   "instanceof let new null of return set static super switch this throw true try "
                   "typeof undefined var void while with yield";
        if (set == 2)
            return "Array Boolean Buffer Date Error JSON Map Math Number Object Promise RegExp Set "
                   "String Symbol URL console exports fetch globalThis module process require "
                   "setInterval setTimeout clearInterval clearTimeout";
        return nullptr;
    }
};

/// Which colour of the theme a style has.
struct StyleColour {
    int style;
    QColor EditorTheme::*colour;
};

using Theme = EditorTheme;
using Python = QsciLexerPython;
using JavaScript = QsciLexerJavaScript;
using Json = QsciLexerJSON;
using Yaml = QsciLexerYAML;

constexpr StyleColour pythonColours[] = {
    {Python::Comment, &Theme::comment},
    {Python::CommentBlock, &Theme::comment},
    {Python::Number, &Theme::number},
    {Python::DoubleQuotedString, &Theme::string},
    {Python::SingleQuotedString, &Theme::string},
    {Python::TripleSingleQuotedString, &Theme::string},
    {Python::TripleDoubleQuotedString, &Theme::string},
    {Python::UnclosedString, &Theme::bad},
    {Python::DoubleQuotedFString, &Theme::string},
    {Python::SingleQuotedFString, &Theme::string},
    {Python::TripleSingleQuotedFString, &Theme::string},
    {Python::TripleDoubleQuotedFString, &Theme::string},
    {Python::Keyword, &Theme::keyword},
    {Python::ClassName, &Theme::function},
    {Python::FunctionMethodName, &Theme::function},
    {Python::HighlightedIdentifier, &Theme::key},
    {Python::Decorator, &Theme::decorator},
};

constexpr StyleColour javaScriptColours[] = {
    {JavaScript::Comment, &Theme::comment},
    {JavaScript::CommentLine, &Theme::comment},
    {JavaScript::CommentDoc, &Theme::comment},
    {JavaScript::CommentLineDoc, &Theme::comment},
    {JavaScript::CommentDocKeyword, &Theme::decorator},
    {JavaScript::CommentDocKeywordError, &Theme::comment},
    {JavaScript::Number, &Theme::number},
    {JavaScript::Keyword, &Theme::keyword},
    {JavaScript::DoubleQuotedString, &Theme::string},
    {JavaScript::SingleQuotedString, &Theme::string},
    {JavaScript::RawString, &Theme::string},
    {JavaScript::UnclosedString, &Theme::bad},
    {JavaScript::Regex, &Theme::number},
    {JavaScript::KeywordSet2, &Theme::key},
    {JavaScript::GlobalClass, &Theme::function},
};

constexpr StyleColour jsonColours[] = {
    {Json::Number, &Theme::number},         {Json::String, &Theme::string},
    {Json::UnclosedString, &Theme::bad},    {Json::Property, &Theme::key},
    {Json::EscapeSequence, &Theme::number}, {Json::CommentLine, &Theme::comment},
    {Json::CommentBlock, &Theme::comment},  {Json::IRI, &Theme::string},
    {Json::IRICompact, &Theme::string},     {Json::Keyword, &Theme::keyword},
    {Json::KeywordLD, &Theme::keyword},     {Json::Error, &Theme::bad},
};

constexpr StyleColour yamlColours[] = {
    {Yaml::Comment, &Theme::comment},        {Yaml::Identifier, &Theme::key},
    {Yaml::Keyword, &Theme::keyword},        {Yaml::Number, &Theme::number},
    {Yaml::Reference, &Theme::decorator},    {Yaml::DocumentDelimiter, &Theme::decorator},
    {Yaml::TextBlockMarker, &Theme::string}, {Yaml::SyntaxErrorMarker, &Theme::bad},
};

template<std::size_t N>
void apply(QsciLexer &lexer, const EditorTheme &theme, const StyleColour (&colours)[N])
{
    for (const StyleColour &entry : colours)
        lexer.setColor(theme.*entry.colour, entry.style);
}

} // namespace

QsciLexer *createLexer(Language language, QObject *parent)
{
    switch (language) {
    case Language::Python: {
        auto *lexer = new PythonLexer(parent);
        lexer->setFoldComments(true);
        lexer->setFoldQuotes(true);
        lexer->setHighlightSubidentifiers(false);
        return lexer;
    }
    case Language::JavaScript: {
        auto *lexer = new JavaScriptLexer(parent);
        lexer->setFoldComments(true);
        lexer->setFoldCompact(false);
        lexer->setHighlightBackQuotedStrings(true);
        return lexer;
    }
    case Language::Json: {
        auto *lexer = new QsciLexerJSON(parent);
        lexer->setHighlightComments(true);
        lexer->setHighlightEscapeSequences(true);
        lexer->setFoldCompact(false);
        return lexer;
    }
    case Language::Yaml: {
        auto *lexer = new QsciLexerYAML(parent);
        lexer->setFoldComments(true);
        return lexer;
    }
    case Language::Plain: break;
    }
    return nullptr;
}

void colour(QsciLexer &lexer, Language language, const EditorTheme &theme)
{
    lexer.setDefaultColor(theme.text);
    lexer.setDefaultPaper(theme.surface);
    lexer.setDefaultFont(theme.font);
    // The library gives some styles a bold face or a coloured paper: all the same first.
    lexer.setColor(theme.text);
    lexer.setPaper(theme.surface);
    lexer.setFont(theme.font);
    for (int style = 0; style < 128; ++style)
        lexer.setEolFill(false, style);
    switch (language) {
    case Language::Python: apply(lexer, theme, pythonColours); break;
    case Language::JavaScript: apply(lexer, theme, javaScriptColours); break;
    case Language::Json: apply(lexer, theme, jsonColours); break;
    case Language::Yaml: apply(lexer, theme, yamlColours); break;
    case Language::Plain: break;
    }
}

} // namespace editor
