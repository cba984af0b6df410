#include "app/cli/commandlist.h"
#include "app/cli/problemlist.h"
#include "app/cli/syntaxcheck.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/openapplication.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>

namespace app {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::ErrorCode;
using runtime::Problem;
using runtime::Result;

namespace {

/// Reads an application's file and sources and says what is wrong in them, each with its place.
class CheckCommand final : public Command
{
public:
    CheckCommand(Output &output, std::string folder) : Command(output), m_folder(std::move(folder))
    {
        connect(&m_syntax, &SyntaxCheck::finished, this, &CheckCommand::onSyntax);
    }

    void start() override
    {
        std::error_code error;
        if (!fs::exists(m_folder, error))
            return fail({ErrorCode::UsageInvalid, "edgewright check",
                         m_folder.string() + ": no such file or folder"});
        const Result<> read =
            fs::is_regular_file(m_folder, error) ? readSource() : readApplication();
        if (!read)
            return fail(read.error());
        m_syntax.start(QStringList(m_files.begin(), m_files.end()));
    }

private:
    Result<> readSource()
    {
        const Result<runtime::Application> application = runtime::applicationOfSource(m_folder);
        if (!application)
            m_problems.push_back({m_folder.string(), 0, 0, false, application.error().detail});
        m_files.insert(QString::fromStdString(m_folder.string()));
        return {};
    }

    Result<> readApplication()
    {
        Result<runtime::ParsedApplication> opened = runtime::openApplication(m_folder);
        if (!opened)
            return tl::unexpected(opened.error());
        const runtime::ParsedApplication &parsed = *opened;
        m_problems = parsed.problems;
        for (const runtime::ApplicationFunction &function : parsed.application.functions)
            addSources(function);
        return {};
    }

    void addSources(const runtime::ApplicationFunction &function)
    {
        const auto manifest = runtime::scanBundle(function.spec, function.source);
        if (!manifest)
            return; // the file's own problem says that there is no source
        const fs::path root = runtime::bundleRoot(function.source);
        for (const runtime::BundleFile &file : manifest->files) {
            // What was installed is not the user's to mend.
            const bool foreign = file.path.find("node_modules/") != std::string::npos ||
                                 file.path.find("site-packages/") != std::string::npos;
            if (!foreign)
                m_files.insert(QString::fromStdString(shownPath(root / file.path)));
        }
    }

    void onSyntax(const std::vector<Problem> &found)
    {
        m_problems.insert(m_problems.end(), found.begin(), found.end());
        const auto errors =
            std::ranges::count_if(m_problems, [](const Problem &p) { return !p.warning; });
        if (output().isJson())
            output().json(problemArray(m_problems));
        else
            for (const Problem &problem : m_problems)
                output().line(problemLine(problem));
        if (errors > 0)
            output().note(QStringLiteral("%1 %2. Correct them and check again.")
                              .arg(errors)
                              .arg(QLatin1String(errors == 1 ? "error" : "errors")));
        else
            output().note(QStringLiteral("No errors in %1 files.").arg(m_files.size()));
        finish(errors > 0 ? Exit::Failed : Exit::Done);
    }

    fs::path m_folder;
    std::set<QString> m_files;
    std::vector<Problem> m_problems;
    SyntaxCheck m_syntax;
};

} // namespace

void addCheckCommand(CommandList &list)
{
    const auto folder = std::make_shared<std::string>(".");
    const CommandOptions command = list.add(
        "check", "Say what is wrong in the application file and the sources",
        "check\n"
        "check light --json\n"
        "check hello.py",
        [folder](Output &output) { return std::make_unique<CheckCommand>(output, *folder); });
    command.addOption("DIR", *folder, "Folder of the application, or a source file").typeName("");
}

} // namespace app
