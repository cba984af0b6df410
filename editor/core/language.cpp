#include "editor/core/language.h"

#include <QFileInfo>

#include <algorithm>
#include <array>

namespace editor {

namespace {

struct Traits {
    Language language;
    const char16_t *name;
    int indent;
    const char16_t *lineComment;
};

constexpr std::array traits{
    Traits{Language::Plain, u"Plain text", 4, u""},
    Traits{Language::Python, u"Python", 4, u"#"},
    Traits{Language::JavaScript, u"JavaScript", 2, u"//"},
    Traits{Language::Json, u"JSON", 2, u""},
    Traits{Language::Yaml, u"YAML", 2, u"#"},
};

struct Suffix {
    const char16_t *suffix;
    Language language;
};

constexpr std::array suffixes{
    Suffix{u"py", Language::Python},        Suffix{u"pyi", Language::Python},
    Suffix{u"pyw", Language::Python},       Suffix{u"js", Language::JavaScript},
    Suffix{u"mjs", Language::JavaScript},   Suffix{u"cjs", Language::JavaScript},
    Suffix{u"json", Language::Json},        Suffix{u"jsonc", Language::Json},
    Suffix{u"webmanifest", Language::Json}, Suffix{u"yaml", Language::Yaml},
    Suffix{u"yml", Language::Yaml},
};

const Traits &traitsOf(Language language)
{
    return *std::ranges::find(traits, language, &Traits::language);
}

} // namespace

Language languageOf(const QString &path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    const auto it = std::ranges::find_if(
        suffixes, [&](const Suffix &known) { return suffix == QStringView(known.suffix); });
    return it == suffixes.end() ? Language::Plain : it->language;
}

QString nameOf(Language language)
{
    return QStringView(traitsOf(language).name).toString();
}

int indentOf(Language language)
{
    return traitsOf(language).indent;
}

QString lineCommentOf(Language language)
{
    return QStringView(traitsOf(language).lineComment).toString();
}

} // namespace editor
