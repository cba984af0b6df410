#include "app/cli/commandlist.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

namespace app {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

Result<Exit> open(const std::string &folder)
{
    const QString name = QStringLiteral("edgewright-ide");
    const QString beside = QCoreApplication::applicationDirPath() + u'/' + name;
    const QString program =
        QFileInfo(beside).isExecutable() ? beside : QStandardPaths::findExecutable(name);
    QStringList arguments;
    if (!folder.empty()) {
        const QFileInfo info(QString::fromStdString(folder));
        if (!info.isDir())
            return failure(ErrorCode::UsageInvalid, "edgewright ide",
                           folder + ": there is no such folder");
        arguments << info.absoluteFilePath();
    }
    if (program.isEmpty())
        return failure(ErrorCode::FileUnreadable, beside.toStdString(),
                       "the window's program is not installed");
    if (!QProcess::startDetached(program, arguments))
        return failure(ErrorCode::FileUnreadable, program.toStdString(), "it does not start");
    return Exit::Done;
}

} // namespace

void addIdeCommand(CommandList &list)
{
    const auto folder = std::make_shared<std::string>();
    const CommandOptions command =
        list.add("ide", "Open the window",
                 "ide\n"
                 "ide light",
                 immediate([folder](Output &) { return open(*folder); }));
    command.addOption("DIR", *folder, "Folder of the application").typeName("");
}

} // namespace app
