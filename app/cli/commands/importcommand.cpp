#include "app/cli/commandlist.h"
#include "app/cli/problemlist.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/function/applicationwriter.h"
#include "runtime-bridge/function/openapplication.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace app {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

struct ImportOptions {
    std::string file;
    bool force = false;
};

/// Writes our application file beside another tool's. A file that is there already stays unless
/// \a options say otherwise.
Result<Exit> import(Output &output, const ImportOptions &options)
{
    const Result<runtime::ParsedApplication> parsed = runtime::readApplicationFile(options.file);
    if (!parsed)
        return tl::unexpected(parsed.error());
    if (parsed->file.filename() == runtime::applicationFileName)
        return failure(ErrorCode::UsageInvalid, "edgewright import",
                       options.file + " is an application file already");
    const fs::path file = parsed->application.folder / runtime::applicationFileName;
    std::error_code error;
    if (parsed->isUsable() && !options.force && fs::exists(file, error))
        return failure(ErrorCode::UsageInvalid, "edgewright import",
                       shownPath(file) + " is there already; --force replaces it");
    if (parsed->isUsable())
        if (const Result<> written =
                runtime::writeFile(file, runtime::applicationText(parsed->application));
            !written)
            return tl::unexpected(written.error());
    if (output.isJson()) {
        json functions = json::array();
        for (const runtime::ApplicationFunction &function : parsed->application.functions)
            functions.push_back(function.spec.name);
        output.json({{"file", parsed->isUsable() ? json(shownPath(file)) : json()},
                     {"functions", functions},
                     {"findings", problemArray(parsed->problems)}});
    } else {
        for (const runtime::Problem &problem : parsed->problems)
            output.note(problemLine(problem));
        if (parsed->isUsable())
            output.line(QString::fromStdString(shownPath(file)));
    }
    return parsed->isUsable() ? Exit::Done : Exit::Failed;
}

} // namespace

void addImportCommand(CommandList &list)
{
    const auto options = std::make_shared<ImportOptions>();
    const CommandOptions command =
        list.add("import", "Write edgewright.yaml from another tool's file",
                 "import serverless.yml\n"
                 "import stack.yml --force     replace the edgewright.yaml that is there",
                 immediate([options](Output &output) { return import(output, *options); }));
    command
        .addOption("FILE", options->file,
                   "serverless.yml, template.yaml, stack.yml or another that is understood")
        .required()
        .typeName("");
    command.addFlag("--force", options->force, "Replace an edgewright.yaml that is there");
}

} // namespace app
