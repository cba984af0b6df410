#include "runtime-bridge/daemon/dependencies.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/nodestock.h"
#include "runtime-bridge/daemon/programrun.h"
#include "runtime-bridge/daemon/pythonparent.h"
#include "runtime-bridge/function/dependencyfiles.h"

#include <sys/wait.h>

#include <algorithm>

namespace runtime {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto installLimit = 900s;
constexpr auto askLimit = 30s;
constexpr std::string_view partial = ".partial-";

/// What resources/shims/python/install.py ends with when the interpreter has everything already.
constexpr int nothingToDo = 3;

std::string lastWords(const std::string &said)
{
    const std::size_t end = said.find_last_not_of("\n ");
    if (end == std::string::npos)
        return "the installer ended without a word";
    const std::size_t begin = said.rfind('\n', end);
    return said.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? std::size_t(-1) : begin));
}

} // namespace

struct Dependencies::Need {
    DependencyFiles files;
    std::string program; ///< The interpreter.
    std::string installer;
    bool isPython = false;
    std::string digest;
};

Dependencies::Dependencies(asio::io_context &io, Children &children, fs::path folder,
                           fs::path shims)
    : m_io(io)
    , m_children(children)
    , m_folder(std::move(folder))
    , m_shims(std::move(shims))
    , m_wake(io)
{
    std::error_code error; // of installations that a killed runtime did not finish
    std::vector<fs::path> left;
    for (const fs::directory_entry &item : fs::directory_iterator(m_folder, error))
        if (item.path().filename().string().starts_with(partial))
            left.push_back(item.path());
    for (const fs::path &path : left)
        fs::remove_all(path, error);
}

Result<fs::path> Dependencies::prepare(const FunctionSpec &spec, const fs::path &root,
                                       const Tell &tell, asio::yield_context yield)
{
    const bool isPython = spec.runtime == "python3";
    if (!isPython && spec.runtime != "nodejs")
        return fs::path();
    std::optional<DependencyFiles> files = findDependencyFiles(root, spec.runtime);
    if (!files)
        return fs::path();
    if (!files->installed.empty())
        return isPython ? files->installed : fs::path(); // Node.js finds its own
    Need need{std::move(*files),
              isPython ? PythonParent::interpreter() : NodeStock::interpreter(),
              "npm",
              isPython,
              {}};
    if (need.program.empty())
        return fs::path(); // who starts the worker says so better
    const Result<std::string> version = versionOf(need.program, isPython, yield);
    if (!version)
        return tl::unexpected(version.error());
    need.digest = digestOf(need.files.contents + '\0' + *version).substr(sizeof "sha256:" - 1);
    std::error_code error;
    while (m_installing.contains(need.digest)) // for another function
        m_wake.wait(yield);
    if (const fs::path there = m_folder / need.digest; fs::is_directory(there, error))
        return there;
    m_installing.insert(need.digest);
    Result<fs::path> installed = install(need, tell, yield);
    m_installing.erase(need.digest);
    m_wake.notify();
    return installed;
}

Result<fs::path> Dependencies::install(const Need &need, const Tell &tell,
                                       asio::yield_context yield)
{
    const std::string name = need.files.files.front().filename().string();
    tell("Installing what " + name + " asks for");
    const auto began = std::chrono::steady_clock::now();
    const fs::path target = m_folder / (std::string(partial) + createId());
    std::error_code error;
    fs::create_directories(target, error);
    if (error)
        return failure(ErrorCode::FileUnwritable, target.string(), error.message());
    const Result<> done = runInstaller(need, target, tell, yield);
    const fs::path whole = m_folder / need.digest;
    if (done)
        fs::rename(target, whole, error);
    if (!done || error)
        fs::remove_all(target, error);
    if (!done && done.error().code == ErrorCode::Cancelled)
        return fs::path();
    if (!done)
        return tl::unexpected(done.error());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    char text[40];
    std::snprintf(text, sizeof text, "Installed in %.1f s", took.count());
    tell(text);
    return whole;
}

Result<> Dependencies::runInstaller(const Need &need, const fs::path &target, const Tell &tell,
                                    asio::yield_context yield)
{
    ProcessPlan plan;
    plan.folder = need.files.folder;
    plan.environment = {"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_ROOT_USER_ACTION=ignore",
                        "PIP_USER=0", "NO_COLOR=1", "npm_config_update_notifier=false"};
    const std::string script =
        (m_shims / (need.isPython ? "python/install.py" : "nodejs/install.js")).string();
    plan.command = {need.program, script, need.files.folder.string(), target.string()};
    std::string said;
    const Result<int> status = runProgram(
        m_io, m_children, std::move(plan), installLimit,
        [&](const std::string &line) {
            tell(line);
            said += line + '\n';
        },
        yield);
    if (!status)
        return failure(ErrorCode::DependenciesFailed, need.files.files.front().string(),
                       status.error().detail);
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0)
        return {};
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == nothingToDo)
        return failure(ErrorCode::Cancelled, "installation");
    return failure(ErrorCode::DependenciesFailed, need.files.files.front().string(),
                   lastWords(said));
}

Result<std::string> Dependencies::versionOf(const std::string &program, bool isPython,
                                            asio::yield_context yield)
{
    if (const auto it = m_versions.find(program); it != m_versions.end())
        return it->second;
    ProcessPlan plan;
    if (isPython)
        plan.command = {program, "-c",
                        "import sys, sysconfig; print(sys.version_info[:2], sys.prefix, "
                        "sysconfig.get_platform())"};
    else
        plan.command = {program, "-p",
                        "process.versions.modules + process.platform + process.arch"};
    std::string said;
    const Result<int> status = runProgram(
        m_io, m_children, std::move(plan), askLimit, [&](const std::string &line) { said += line; },
        yield);
    if (!status)
        return tl::unexpected(status.error());
    if (*status != 0)
        return failure(ErrorCode::InterpreterMissing, program, said);
    return m_versions[program] = said;
}

} // namespace runtime
