#include "device-manager/core/packageinstaller.h"

#include "device-manager/core/foreignbinaries.h"
#include "runtime-bridge/base/file.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>

#include <nlohmann/json.hpp>

#include <signal.h>
#include <unistd.h>

#include <chrono>

static void initPackaging()
{
    Q_INIT_RESOURCE(packaging);
}

namespace device {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;
using namespace std::chrono_literals;

namespace {

constexpr auto packagesLimit = 30min; ///< A slow line and large packages.
constexpr int packagesTickMs = 100;
constexpr const char *piwheels = "https://www.piwheels.org/simple";

/// As the runtime chooses it for functions of this computer.
QString interpreterHere(bool isPython)
{
    const QString wanted = qEnvironmentVariable(isPython ? "EDGEWRIGHT_PYTHON" : "EDGEWRIGHT_NODE");
    if (!wanted.isEmpty())
        return QStandardPaths::findExecutable(wanted);
    const QString system = QStringLiteral("/usr/bin/python3");
    if (isPython && QFile::exists(system))
        return system;
    return QStandardPaths::findExecutable(isPython ? QStringLiteral("python3")
                                                   : QStringLiteral("node"));
}

QString textOf(const fs::path &path)
{
    return QFile::decodeName(QByteArray::fromStdString(path.string()));
}

Result<> unpackScripts(const fs::path &work)
{
    initPackaging();
    for (const char *name : {"deviceinstall.py", "install.py", "install.js", "othermachine.cjs"}) {
        QFile file(QStringLiteral(":/packaging/") + QLatin1String(name));
        if (!file.open(QIODevice::ReadOnly))
            return failure(ErrorCode::Internal, name, "it is not in this program");
        if (const auto done = runtime::writeFile(work / name, file.readAll().toStdString()); !done)
            return done;
    }
    return {};
}

/// Ends \a process with all that it started.
void endGroup(QProcess &process)
{
    ::kill(-pid_t(process.processId()), SIGKILL);
    process.waitForFinished();
}

/// What it said is told line by line; the last line is the error when it fails.
Result<> runInstaller(QProcess &process, const std::string &subject,
                      const DevicePackages::Tell &tell, const std::stop_token &stop)
{
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setChildProcessModifier([] { ::setpgid(0, 0); });
    process.setStandardInputFile(QProcess::nullDevice());
    process.start();
    if (!process.waitForStarted())
        return failure(ErrorCode::DependenciesFailed, subject, process.errorString().toStdString());
    QString last;
    const auto read = [&] {
        while (process.canReadLine()) {
            const QString line = QString::fromUtf8(process.readLine()).trimmed();
            if (line.isEmpty())
                continue;
            last = line;
            tell(line);
        }
    };
    const auto until = std::chrono::steady_clock::now() + packagesLimit;
    while (process.state() != QProcess::NotRunning) {
        process.waitForReadyRead(packagesTickMs);
        read();
        if (stop.stop_requested() || std::chrono::steady_clock::now() > until) {
            endGroup(process);
            return failure(stop.stop_requested() ? ErrorCode::Cancelled
                                                 : ErrorCode::DependenciesFailed,
                           subject, "it took more than 30 minutes");
        }
    }
    read();
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0)
        return {};
    return failure(ErrorCode::DependenciesFailed, subject,
                   last.isEmpty() ? "the installer ended without a word" : last.toStdString());
}

json planOf(const PackageWish &wish, const QByteArray &own, const fs::path &work,
            const fs::path &target)
{
    const PackageTarget &device = wish.target;
    const bool isPiwheels = device.machine == "armv6l" || device.machine == "armv7l";
    json infos = json::array();
    for (const QByteArray &name : own.split('\n'))
        if (!name.trimmed().isEmpty())
            infos.push_back(QString::fromUtf8(name.trimmed()).toStdString());
    return {{"folder", wish.files.folder.string()},
            {"target", target.string()},
            {"python", device.pythonMinor()},
            {"abi", wheelAbi(device)},
            {"platforms", wheelPlatforms(device)},
            {"markers",
             {{"python_version", device.pythonMinor()},
              {"python_full_version", device.python},
              {"implementation_name", "cpython"},
              {"implementation_version", device.python},
              {"platform_python_implementation", "CPython"},
              {"platform_machine", device.kernel},
              {"platform_system", "Linux"},
              {"sys_platform", "linux"},
              {"os_name", "posix"}}},
            {"index", isPiwheels ? piwheels : ""},
            {"own", infos},
            {"used", (work / "own").string()},
            {"where", device.words(true)}};
}

/// npm's own line, as a sentence.
std::string npmSentence(const std::string &said, const PackageTarget &target)
{
    constexpr std::string_view unsupported = "Unsupported platform for ";
    const std::size_t at = said.find(unsupported);
    if (at == std::string::npos)
        return said;
    const std::size_t begin = at + unsupported.size();
    return said.substr(begin, said.find(": ", begin) - begin) + " is not made for Linux on " +
           target.words(false) +
           ". Ask for it as an optional dependency, or for a package that has one";
}

std::string joined(const std::vector<std::string> &texts)
{
    std::string all;
    for (const std::string &text : texts)
        all += (all.empty() ? "" : ", ") + text;
    return all;
}

/// Extension modules that a requirement of the user's own folder was built into, here.
Result<> checkNothingBuilt(const PackageWish &wish, const fs::path &target,
                           const std::string &subject)
{
    std::error_code error;
    std::vector<runtime::BundleFile> files;
    for (auto it = fs::recursive_directory_iterator(target, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error))
        if (it->path().extension() == ".so")
            files.push_back({it->path().lexically_relative(target).string(), {}, 0, false});
    const auto foreign = foreignBinaries(files, target, wish.target.elf);
    if (foreign.empty())
        return {};
    return failure(ErrorCode::DependenciesFailed, subject,
                   foreign.front().file + " was built on this computer: " +
                       foreign.front().message + ". Make a wheel of it for the device");
}

} // namespace

Result<> installPackages(const PackageWish &wish, const QByteArray &own, const fs::path &work,
                         const fs::path &target, const DevicePackages::Tell &tell,
                         std::stop_token stop)
{
    const std::string subject = wish.files.files.front().string();
    const QString program = interpreterHere(wish.isPython);
    if (program.isEmpty())
        return failure(ErrorCode::InterpreterMissing, wish.isPython ? "python3" : "nodejs",
                       wish.isPython ? "packages are taken by this computer's pip: install the "
                                       "package python3-pip here"
                                     : "packages are taken by this computer's npm: install the "
                                       "packages nodejs and npm here");
    if (const Result<> unpacked = unpackScripts(work); !unpacked)
        return unpacked;
    QProcess process;
    process.setProgram(program);
    process.setWorkingDirectory(textOf(wish.files.folder));
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto &[name, value] :
         {std::pair("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
          std::pair("PIP_ROOT_USER_ACTION", "ignore"), std::pair("PIP_USER", "0"),
          std::pair("NO_COLOR", "1"), std::pair("npm_config_update_notifier", "false")})
        environment.insert(QLatin1String(name), QLatin1String(value));
    if (wish.isPython) {
        const fs::path plan = work / "plan.json";
        const std::string text =
            planOf(wish, own, work, target).dump(-1, ' ', false, json::error_handler_t::replace);
        if (const Result<> written = runtime::writeFile(plan, text); !written)
            return written;
        process.setArguments({textOf(work / "deviceinstall.py"), textOf(plan)});
    } else {
        const QString cpu = QString::fromStdString(nodeCpu(wish.target));
        environment.insert(QStringLiteral("EDGEWRIGHT_DEVICE_CPU"), cpu);
        environment.insert(
            QStringLiteral("NODE_OPTIONS"),
            QStringLiteral("--require \"%1\"").arg(textOf(work / "othermachine.cjs")));
        process.setArguments(
            {textOf(work / "install.js"), textOf(wish.files.folder), textOf(target),
             QStringLiteral("--os=linux"), QStringLiteral("--cpu=") + cpu,
             wish.target.isMusl() ? QStringLiteral("--libc=musl") : QStringLiteral("--libc=glibc"),
             QStringLiteral("--ignore-scripts"), QStringLiteral("--install-links")});
    }
    process.setProcessEnvironment(environment);
    if (Result<> ran = runInstaller(process, subject, tell, stop); !ran) {
        ran.error().detail = npmSentence(ran.error().detail, wish.target);
        return ran;
    }
    if (wish.isPython)
        return checkNothingBuilt(wish, target, subject);
    if (const auto unbuilt = unbuiltPackages(target, wish.target.elf); !unbuilt.empty())
        return failure(ErrorCode::DependenciesFailed, subject,
                       "an install script would have to build or bring what these packages need, "
                       "and cannot run for another machine: " +
                           joined(unbuilt) + ". They bring nothing made for " +
                           wish.target.words(false) +
                           ". Use one that has prebuilt files in it, or install on the device "
                           "itself and put node_modules into the function's folder");
    return {};
}

} // namespace device
