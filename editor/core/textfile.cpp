#include "editor/core/textfile.h"

#include <QFileInfo>
#include <QSaveFile>

#include <cerrno>

namespace editor {

using runtime::ErrorCode;
using runtime::failure;

namespace {

constexpr qint64 sizeLimit = 64 << 20;
const QByteArray utf8Mark("\xEF\xBB\xBF");

LineEnd lineEndOf(QStringView text)
{
    qsizetype counts[3] = {};
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == u'\n') {
            ++counts[int(LineEnd::Lf)];
        } else if (text[i] == u'\r') {
            const bool pair = i + 1 < text.size() && text[i + 1] == u'\n';
            ++counts[int(pair ? LineEnd::CrLf : LineEnd::Cr)];
            i += pair;
        }
    }
    LineEnd most = LineEnd::Lf;
    for (const LineEnd candidate : {LineEnd::CrLf, LineEnd::Cr})
        if (counts[int(candidate)] > counts[int(most)])
            most = candidate;
    return most;
}

tl::unexpected<runtime::Error> unwritable(const QString &path, const QSaveFile &file)
{
    const bool full = file.error() == QFileDevice::ResourceError || errno == ENOSPC;
    return failure(full ? ErrorCode::DeviceDiskFull : ErrorCode::FileUnwritable, path.toStdString(),
                   file.errorString().toStdString());
}

} // namespace

QString nameOf(Encoding encoding)
{
    switch (encoding) {
    case Encoding::Utf8: return QStringLiteral("UTF-8");
    case Encoding::Utf8WithMark: return QStringLiteral("UTF-8 BOM");
    case Encoding::Latin1: return QStringLiteral("Latin-1");
    }
    return {};
}

QString nameOf(LineEnd lineEnd)
{
    switch (lineEnd) {
    case LineEnd::Lf: return QStringLiteral("LF");
    case LineEnd::CrLf: return QStringLiteral("CRLF");
    case LineEnd::Cr: return QStringLiteral("CR");
    }
    return {};
}

QString charactersOf(LineEnd lineEnd)
{
    switch (lineEnd) {
    case LineEnd::Lf: return QStringLiteral("\n");
    case LineEnd::CrLf: return QStringLiteral("\r\n");
    case LineEnd::Cr: return QStringLiteral("\r");
    }
    return {};
}

TextFile decode(const QByteArray &bytes)
{
    TextFile file;
    const bool marked = bytes.startsWith(utf8Mark);
    const QByteArrayView body = QByteArrayView(bytes).sliced(marked ? utf8Mark.size() : 0);
    file.text = QString::fromUtf8(body);
    file.encoding = marked ? Encoding::Utf8WithMark : Encoding::Utf8;
    // What does not come back the same was not UTF-8.
    if (file.text.toUtf8() != body) {
        file.text = QString::fromLatin1(bytes);
        file.encoding = Encoding::Latin1;
    }
    file.lineEnd = lineEndOf(file.text);
    return file;
}

QByteArray encode(TextFile &file)
{
    if (file.encoding == Encoding::Latin1) {
        const QByteArray bytes = file.text.toLatin1();
        if (QString::fromLatin1(bytes) == file.text)
            return bytes;
        file.encoding = Encoding::Utf8;
    }
    const QByteArray bytes = file.text.toUtf8();
    return file.encoding == Encoding::Utf8WithMark ? utf8Mark + bytes : bytes;
}

runtime::Result<QByteArray> readTextBytes(const QString &path)
{
    const auto unreadable = [&](const QString &why) {
        return failure(ErrorCode::FileUnreadable, path.toStdString(), why.toStdString());
    };
    const QFileInfo info(path);
    if (info.exists() && !info.isFile())
        return unreadable(QStringLiteral("not a regular file"));
    if (info.size() > sizeLimit)
        return unreadable(QStringLiteral("larger than %1 MB").arg(sizeLimit >> 20));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return unreadable(file.errorString());
    const QByteArray bytes = file.readAll();
    if (file.error() != QFileDevice::NoError)
        return unreadable(file.errorString());
    if (bytes.contains('\0'))
        return unreadable(QStringLiteral("a binary file"));
    return bytes;
}

runtime::Result<> writeTextBytes(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path);
    errno = 0;
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return unwritable(path, file);
    return {};
}

} // namespace editor
