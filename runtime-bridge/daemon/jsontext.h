#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace runtime {

/// Writes one JSON value as text, front to back, with no tree of it in memory: for what is written
/// at every invocation. The caller keeps to the grammar; bytes that are no UTF-8 become '?'.
class JsonText
{
public:
    JsonText() { m_text.reserve(512); }

    JsonText &beginObject() { return begin('{'); }
    JsonText &endObject() { return end('}'); }
    JsonText &beginArray() { return begin('['); }
    JsonText &endArray() { return end(']'); }

    /// The next value is that of \a name.
    JsonText &key(std::string_view name);
    JsonText &value(std::string_view text);
    JsonText &value(const char *text) { return value(std::string_view(text)); }
    JsonText &value(std::int64_t number);
    JsonText &value(bool truth);
    /// A value that is JSON already.
    JsonText &raw(std::string_view json);

    template<typename T> JsonText &member(std::string_view name, const T &content)
    {
        return key(name).value(content);
    }

    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    JsonText &begin(char bracket);
    JsonText &end(char bracket);
    void separate();
    void quote(std::string_view text);

    std::string m_text;
    bool m_needsComma = false;
};

} // namespace runtime
