#pragma once

#include "runtime-bridge/base/error.h"

#include <QByteArray>
#include <QString>

namespace editor {

enum class Encoding { Utf8, Utf8WithMark, Latin1 };
enum class LineEnd { Lf, CrLf, Cr };

[[nodiscard]] QString nameOf(Encoding encoding); ///< "UTF-8", "UTF-8 BOM", "Latin-1"
[[nodiscard]] QString nameOf(LineEnd lineEnd);   ///< "LF", "CRLF", "CR"
[[nodiscard]] QString charactersOf(LineEnd lineEnd);

/// The contents of a text file. The text keeps its line ends exactly as they are in the file, also
/// mixed ones; \c lineEnd is the one that most lines have.
struct TextFile {
    QString text;
    Encoding encoding = Encoding::Utf8;
    LineEnd lineEnd = LineEnd::Lf;

    bool operator==(const TextFile &) const = default;
};

/// Bytes to text: UTF-8 where the bytes are valid UTF-8, else Latin-1, which every byte survives.
[[nodiscard]] TextFile decode(const QByteArray &bytes);

/// Text to bytes. A character that Latin-1 lacks turns the file into UTF-8, so that nothing is
/// lost: \a file says so afterwards.
[[nodiscard]] QByteArray encode(TextFile &file);

/// ErrorCode::FileUnreadable when it is missing, no regular file, binary or over 64 MB.
[[nodiscard]] runtime::Result<QByteArray> readTextBytes(const QString &path);

/// Whole or not at all; an existing file keeps its permissions, a symbolic link stays one.
/// ErrorCode::FileUnwritable or DeviceDiskFull otherwise.
[[nodiscard]] runtime::Result<> writeTextBytes(const QString &path, const QByteArray &bytes);

} // namespace editor
