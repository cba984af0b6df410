#include "app/templates/templates.h"

#include "runtime-bridge/base/file.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>

#include <algorithm>

/// Resources of a static library are left out of a program that does not name them.
static void initTemplateResources()
{
    Q_INIT_RESOURCE(templates);
}

namespace app {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

const std::vector<Template> &templates()
{
    static const std::vector<Template> all{
        {QStringLiteral("night-light"),
         QStringLiteral("Python on a Raspberry Pi: a light sensor switches a lamp")},
        {QStringLiteral("nodejs-http"),
         QStringLiteral("Node.js function that answers HTTP requests")},
        {QStringLiteral("python-http"),
         QStringLiteral("Python function that answers HTTP requests")},
        {QStringLiteral("python-timer"),
         QStringLiteral("Python function that runs by the clock and measures")},
    };
    return all;
}

Result<std::vector<QString>> writeTemplate(const QString &name, const QString &folder)
{
    initTemplateResources();
    if (std::ranges::find(templates(), name, &Template::name) == templates().end())
        return failure(ErrorCode::UsageInvalid, name.toStdString(), "there is no such template");
    const QDir from(QStringLiteral(":/templates/") + name);
    std::vector<QString> written;
    for (QDirIterator it(from.path(), QDir::Files, QDirIterator::Subdirectories); it.hasNext();) {
        QFile file(it.next());
        const QString relative = from.relativeFilePath(file.fileName());
        if (!file.open(QIODevice::ReadOnly))
            return failure(ErrorCode::Internal, relative.toStdString(), "missing template");
        const std::string path = QDir(folder).filePath(relative).toStdString();
        if (const Result<> done = runtime::writeFile(path, file.readAll().toStdString()); !done)
            return tl::unexpected(done.error());
        written.push_back(relative);
    }
    std::ranges::sort(written);
    return written;
}

} // namespace app
