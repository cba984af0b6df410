#pragma once

#include <QMetaType>
#include <QString>

namespace editor {

/// A remark on a range of text. Lines and columns count from 1; columns are UTF-16 code units, as
/// in the language server protocol. An empty range marks the word there, or the whole line.
struct Diagnostic {
    enum class Severity { Error, Warning, Information };

    int line = 1;
    int column = 1;
    int endLine = 1;
    int endColumn = 1;
    Severity severity = Severity::Error;
    QString message;
    QString source; ///< Who says so, "python" or "edgewright.yaml"; may be empty.

    bool operator==(const Diagnostic &) const = default;
};

} // namespace editor

Q_DECLARE_METATYPE(editor::Diagnostic)
