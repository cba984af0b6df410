#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/protocol/messages.h"

#include <QString>
#include <QStringList>

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace app {

/// Everything that the program says, in one place: results on standard output, all else on standard
/// error. Colours only on a terminal and where NO_COLOR is not set; every line is flushed.
class Output final
{
public:
    explicit Output(bool json);

    /// Whether results are wanted as JSON.
    [[nodiscard]] bool isJson() const { return m_json; }

    /// A line of the result.
    void line(const QString &text);
    /// The result, or one of several, as one line of JSON.
    void json(const nlohmann::json &value);
    /// The same for JSON text.
    void json(const std::string &text);
    /// Columns with a head; numbers are not told apart. Without rows, \a otherwise as a note.
    void table(const QStringList &head, const std::vector<QStringList> &rows,
               const QString &otherwise);

    /// What is going on, for people.
    void note(const QString &text);
    /// A line that the next one replaces on a terminal; plain lines otherwise.
    void progress(const QString &text);
    void log(const runtime::LogLine &line, bool withTime);
    /// What the user's code threw, with its stack.
    void fault(const QString &title, const runtime::Fault &fault);
    /// The error's words; with isJson() also {"error": …} as the result. Nothing for a cancelled
    /// operation.
    void error(const runtime::Error &error);
    void warning(const QString &text);

private:
    enum class Style { Bad, Warn, Good, Quiet, Bold };
    [[nodiscard]] QString styled(Style style, const QString &text) const;
    void toError(const QString &text);

    bool m_json;
    bool m_colour;
    bool m_terminal;
    bool m_progressOpen = false;
};

/// {"code", "title", "text", "detail"} of an error, as every command prints it.
[[nodiscard]] nlohmann::json errorObject(const runtime::Error &error);

/// "12:03:04.120" by this computer's clock and zone.
[[nodiscard]] QString clockText(std::int64_t timeUs);

/// "12:03:04.120 shop: failures above 5% in 1min raised (12.5% of 40 failed)".
[[nodiscard]] QString alarmLine(const runtime::AlarmChange &change);

/// "0.42 ms", "1.3 s".
[[nodiscard]] QString durationText(double milliseconds);

/// A value of user code, given as JSON text; null for an empty text.
[[nodiscard]] nlohmann::json valueOf(const std::string &jsonText);

} // namespace app
