#include "app/cli/commandlist.h"
#include "app/templates/templates.h"

#include <QDir>
#include <QFileInfo>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace app {

using nlohmann::json;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

void listTemplates(Output &output)
{
    if (output.isJson()) {
        json list = json::array();
        for (const Template &item : templates())
            list.push_back({{"name", item.name.toStdString()},
                            {"description", item.description.toStdString()}});
        output.json(list);
        return;
    }
    for (const Template &item : templates())
        output.line(item.name.leftJustified(14) + item.description);
}

Result<Exit> create(Output &output, const std::string &name, const std::string &folder)
{
    const auto known =
        std::ranges::find(templates(), QString::fromStdString(name), &Template::name);
    if (known == templates().end())
        return failure(ErrorCode::UsageInvalid, "edgewright new",
                       "there is no template \"" + name +
                           "\"; \"edgewright new\" with no more words lists them");
    if (folder.empty())
        return failure(ErrorCode::UsageInvalid, "edgewright new",
                       "the folder to make is missing: edgewright new " + name + " DIR");
    const QString target = QString::fromStdString(folder);
    if (QFileInfo::exists(target) &&
        (!QFileInfo(target).isDir() ||
         !QDir(target).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)))
        return failure(ErrorCode::UsageInvalid, "edgewright new",
                       folder + " is there already and is no empty folder");
    const Result<std::vector<QString>> files = writeTemplate(known->name, target);
    if (!files)
        return tl::unexpected(files.error());
    if (output.isJson()) {
        json list = json::array();
        for (const QString &file : *files)
            list.push_back(file.toStdString());
        output.json({{"template", name}, {"folder", folder}, {"files", list}});
        return Exit::Done;
    }
    for (const QString &file : *files)
        output.line(QDir(target).filePath(file));
    output.note(QStringLiteral("Next: cd %1, then edgewright run").arg(target));
    return Exit::Done;
}

} // namespace

void addNewCommand(CommandList &list)
{
    struct Options {
        std::string name, folder;
    };
    const auto options = std::make_shared<Options>();
    const CommandOptions command =
        list.add("new", "Make an application from a template",
                 "new                        list the templates\n"
                 "new night-light light",
                 immediate([options](Output &output) -> Result<Exit> {
                     if (!options->name.empty())
                         return create(output, options->name, options->folder);
                     listTemplates(output);
                     return Exit::Done;
                 }));
    command.addOption("TEMPLATE", options->name, "Its name; none lists them").typeName("");
    command.addOption("DIR", options->folder, "Folder to make; it must not have files")
        .typeName("");
}

} // namespace app
