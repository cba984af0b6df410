#include "app/ide/sample.h"

#include "runtime-bridge/base/file.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>

namespace app {

runtime::Result<> copySample(const QString &folder)
{
    const QString root = QStringLiteral(":/samples/night-light");
    QDirIterator files(root, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString file = files.next();
        const QString target = folder + file.mid(root.size());
        if (QFile::exists(target))
            continue;
        QFile source(file);
        if (!source.open(QIODevice::ReadOnly))
            return runtime::failure(runtime::ErrorCode::FileUnreadable, file.toStdString());
        const QByteArray bytes = source.readAll();
        const runtime::Result<> written = runtime::writeFile(
            target.toStdString(), {bytes.constData(), std::size_t(bytes.size())});
        if (!written)
            return written;
    }
    return {};
}

} // namespace app
