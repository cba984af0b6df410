#include "device-manager/core/remotefile.h"

namespace device {

QString shownName(const QByteArray &name)
{
    QString text = QString::fromUtf8(name);
    for (QChar &c : text)
        if (c.category() == QChar::Other_Control)
            c = QChar::ReplacementCharacter; // a line end would break the row
    return text;
}

QString shownSize(std::uint64_t bytes)
{
    if (bytes < 1024)
        return QStringLiteral("%1 B").arg(bytes);
    double size = double(bytes) / 1024;
    const char *unit = "KB";
    for (const char *larger : {"MB", "GB", "TB"}) {
        if (size < 1024)
            break;
        size /= 1024;
        unit = larger;
    }
    return QString::number(size, 'f', 1) + QLatin1Char(' ') + QLatin1String(unit);
}

QString permissionText(const RemoteFile &file)
{
    QString text(10, QLatin1Char('-'));
    switch (file.kind) {
    case RemoteFile::Kind::Folder: text[0] = u'd'; break;
    case RemoteFile::Kind::Link: text[0] = u'l'; break;
    case RemoteFile::Kind::Other: text[0] = u'?'; break;
    case RemoteFile::Kind::File: break;
    }
    constexpr char letters[] = "rwxrwxrwx";
    for (int i = 0; i < 9; ++i)
        if ((file.mode >> (8 - i)) & 1u)
            text[i + 1] = QLatin1Char(letters[i]);
    const auto special = [&](unsigned bit, int at, char16_t with, char16_t without) {
        if ((file.mode & bit) != 0)
            text[at] = text[at] == u'x' ? with : without;
    };
    special(04000, 3, u's', u'S');
    special(02000, 6, u's', u'S');
    special(01000, 9, u't', u'T');
    return text;
}

bool isEntryName(const QByteArray &name)
{
    return !name.isEmpty() && name != "." && name != ".." && !name.contains('/') &&
           !name.contains('\0');
}

QByteArray childPath(const QByteArray &folder, const QByteArray &name)
{
    return folder.endsWith('/') ? folder + name : folder + '/' + name;
}

QByteArray parentPath(const QByteArray &path)
{
    const qsizetype slash = path.lastIndexOf('/');
    return slash <= 0 ? QByteArray("/") : path.left(slash);
}

QByteArray namePart(const QByteArray &path)
{
    return path.mid(path.lastIndexOf('/') + 1);
}

} // namespace device
