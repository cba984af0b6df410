#include "editor/ui/codefont.h"

#include <QByteArray>
#include <QFontDatabase>
#include <QHash>
#include <QRawFont>
#include <QtEndian>

#include <array>
#include <bit>

namespace editor {

namespace {

// The layout of the file: https://learn.microsoft.com/typography/opentype/spec/otff

struct Table {
    QByteArray tag;
    QByteArray bytes;
};

// All that is needed to draw; not GSUB, which joins characters, and not DSIG, which signs it. In
// the order that the format wants.
constexpr std::array keptTags{"CFF ", "GDEF", "GPOS", "OS/2", "cmap", "cvt ",
                              "fpgm", "gasp", "glyf", "head", "hhea", "hmtx",
                              "loca", "maxp", "name", "post", "prep"};

template<typename Number> QByteArray bigEndian(Number number)
{
    QByteArray bytes(sizeof number, Qt::Uninitialized);
    qToBigEndian(number, bytes.data());
    return bytes;
}

QByteArray nameTable(const QString &family)
{
    const std::pair<quint16, QString> names[] = {{quint16(1), family},
                                                 {quint16(2), QStringLiteral("Regular")},
                                                 {quint16(4), family},
                                                 {quint16(6), QString(family).remove(u' ')}};
    QByteArray records;
    QByteArray texts;
    for (const auto &[id, text] : names) {
        QByteArray utf16;
        for (const QChar c : text)
            utf16 += bigEndian(quint16(c.unicode()));
        // Windows, Unicode, English
        for (const quint16 field : {quint16(3), quint16(1), quint16(0x409), id,
                                    quint16(utf16.size()), quint16(texts.size())})
            records += bigEndian(field);
        texts += utf16;
    }
    const quint16 header = 6;
    return bigEndian(quint16(0)) + bigEndian(quint16(std::size(names))) +
           bigEndian(quint16(header + records.size())) + records + texts;
}

quint32 checksumOf(QByteArray bytes)
{
    bytes.resize((bytes.size() + 3) / 4 * 4, '\0');
    quint32 sum = 0;
    for (qsizetype i = 0; i < bytes.size(); i += 4)
        sum += qFromBigEndian<quint32>(bytes.constData() + i);
    return sum;
}

QByteArray fontOf(const QList<Table> &tables)
{
    const auto count = quint16(tables.size());
    const auto power = quint16(std::bit_floor(count));
    const bool outlinesAreCff = tables.first().tag == "CFF ";
    QByteArray directory = bigEndian(quint32(outlinesAreCff ? 0x4F54544F : 0x00010000)) +
                           bigEndian(count) + bigEndian(quint16(power * 16)) +
                           bigEndian(quint16(std::countr_zero(power))) +
                           bigEndian(quint16(count * 16 - power * 16));
    const qsizetype begin = directory.size() + count * 16;
    QByteArray contents;
    for (const Table &table : tables) {
        directory += table.tag + bigEndian(checksumOf(table.bytes)) +
                     bigEndian(quint32(begin + contents.size())) +
                     bigEndian(quint32(table.bytes.size()));
        contents += table.bytes;
        contents.resize((contents.size() + 3) / 4 * 4, '\0');
    }
    return directory + contents;
}

QString createFamily(const QString &family)
{
    const QRawFont original = QRawFont::fromFont(QFont(family));
    if (!original.isValid() || original.familyName() != family)
        return family;
    QList<Table> tables;
    for (const char *tag : keptTags) {
        const QByteArray bytes = qstrcmp(tag, "name") == 0
                                     ? nameTable(family + QStringLiteral(" Plain"))
                                     : original.fontTable(tag);
        if (!bytes.isEmpty())
            tables.append({tag, bytes});
    }
    const int id = QFontDatabase::addApplicationFontFromData(fontOf(tables));
    const QStringList families = QFontDatabase::applicationFontFamilies(id);
    return families.isEmpty() ? family : families.first();
}

} // namespace

QString familyWithoutLigatures(const QString &family)
{
    static QHash<QString, QString> known;
    const auto it = known.constFind(family);
    return it != known.cend() ? *it : *known.insert(family, createFamily(family));
}

} // namespace editor
