#include "device-manager/core/devicepackages.h"

#include "device-manager/core/packageinstaller.h"
#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/base/statefolder.h"
#include "runtime-bridge/function/filedigest.h"

#include <QFile>
#include <QLockFile>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace device {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::BundleFile;
using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

namespace {

constexpr const char *setManifest = "files.json";
constexpr std::string_view unfinishedSet = ".partial-";
constexpr std::chrono::hours unusedSet{24 * 90};
constexpr std::chrono::hours abandonedWork{24};
constexpr int setLockTickMs = 200;

/// What pip and npm leave that is no package, or of this computer.
bool isNoPackage(const fs::path &path, const fs::path &packages)
{
    const std::string name = path.filename().string();
    if (path.parent_path() == packages)
        return name == "package.json" || name == "package-lock.json" ||
               name == "npm-shrinkwrap.json";
    return name == "__pycache__" || name == ".package-lock.json" || name == ".bin" ||
           name.ends_with(".pyc");
}

/// Every file of the set whose folder is \a root.
Result<std::vector<BundleFile>> describeSet(const fs::path &root, const std::string &subject)
{
    std::vector<BundleFile> files;
    std::uint64_t size = 0;
    std::error_code error;
    const fs::path packages = root / runtime::packagesInBundle;
    for (auto it = fs::recursive_directory_iterator(root, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        if (isNoPackage(it->path(), packages)) {
            it.disable_recursion_pending();
            continue;
        }
        if (it->is_symlink(error) || !it->is_regular_file(error))
            continue;
        Result<runtime::FileDigest> file = runtime::digestOfFile(it->path());
        if (!file)
            return tl::unexpected(file.error());
        size += file->size;
        files.push_back({it->path().lexically_relative(root).string(), std::move(file->digest),
                         file->size, file->executable});
        if (files.size() > runtime::mostBundleFiles || size > runtime::mostBundleBytes)
            return failure(ErrorCode::DependenciesFailed, subject,
                           "the packages have more than 50,000 files or 4 GB");
    }
    if (error)
        return failure(ErrorCode::FileUnreadable, root.string(), error.message());
    std::ranges::sort(files, {}, &BundleFile::path);
    return files;
}

std::shared_ptr<const PackageSet> readSet(const fs::path &folder)
{
    const json told = json::parse(runtime::readFile(folder / setManifest, 64u << 20).value_or(""),
                                  nullptr, false);
    if (!told.is_array())
        return nullptr;
    auto set = std::make_shared<PackageSet>();
    set->folder = folder;
    try {
        for (const json &item : told)
            set->files.push_back(
                {item.at("path").get<std::string>(), item.at("digest").get<std::string>(),
                 item.at("size").get<std::uint64_t>(), item.value("executable", false)});
    } catch (const json::exception &) {
        return nullptr; // damaged: it is made again
    }
    std::error_code error; // it was used
    fs::last_write_time(folder / setManifest, fs::file_time_type::clock::now(), error);
    return set;
}

Result<> writeSet(const fs::path &folder, const std::string &subject)
{
    Result<std::vector<BundleFile>> files = describeSet(folder, subject);
    if (!files)
        return tl::unexpected(files.error());
    const json manifest = toJson(runtime::Manifest{{}, std::move(*files)});
    return runtime::writeFile(folder / setManifest, manifest["files"].dump());
}

} // namespace

DevicePackages::DevicePackages(fs::path folder)
    : m_folder(folder.empty() ? runtime::stateFolder() / "device-packages" : std::move(folder))
{
}

std::optional<PackageWish> DevicePackages::wishOf(const std::string &runtime,
                                                  const fs::path &source,
                                                  const PackageTarget &target,
                                                  const std::string &device)
{
    const bool isPython = runtime == "python3";
    if ((!isPython && runtime != "nodejs") || target.machine.empty())
        return std::nullopt;
    auto files = runtime::findDependencyFiles(runtime::bundleRoot(source), runtime);
    if (!files || files->files.empty())
        return std::nullopt;
    std::error_code error; // a virtual environment stays here, node_modules in the folder go along
    if (!isPython && !files->installed.empty() && files->folder == source &&
        fs::is_directory(source, error))
        return std::nullopt;
    std::string all = std::move(files->contents);
    const auto add = [&all](const std::string &text) { all.append(1, '\0').append(text); };
    for (const std::string &text : {runtime, target.machine, target.kernel, target.libc})
        add(text);
    add(isPython ? target.pythonMinor() : target.nodeMajor());
    const auto name = [&all] { return runtime::digestOf(all).substr(sizeof "sha256:" - 1); };
    PackageWish wish{std::move(*files), target, isPython, name(), {}};
    add(device);
    wish.ownKey = name();
    return wish;
}

std::shared_ptr<const PackageSet> DevicePackages::find(const PackageWish &wish)
{
    std::error_code error;
    for (const std::string &key : {wish.key, wish.ownKey}) {
        const fs::path folder = m_folder / key;
        if (!fs::exists(folder / setManifest, error)) {
            m_sets.erase(key);
            continue;
        }
        std::shared_ptr<const PackageSet> &set = m_sets[key];
        if (!set)
            set = readSet(folder);
        if (set)
            return set;
    }
    return nullptr;
}

Result<std::shared_ptr<const PackageSet>> DevicePackages::make(const PackageWish &wish,
                                                               const QByteArray &own,
                                                               const Tell &tell,
                                                               std::stop_token stop)
{
    const std::string subject = wish.files.files.front().string();
    if ((wish.isPython ? wish.target.python : wish.target.node).empty())
        return failure(ErrorCode::InterpreterMissing, wish.isPython ? "python3" : "nodejs",
                       std::string("the device has none: sudo apt install ") +
                           (wish.isPython ? "python3" : "nodejs") + " there");
    std::error_code error;
    fs::create_directories(m_folder, error);
    if (error)
        return failure(ErrorCode::FileUnwritable, m_folder.string(), error.message());
    // Another device of the same kind, or another program, may be at it.
    QLockFile lock(
        QFile::decodeName(QByteArray::fromStdString((m_folder / (wish.key + ".lock")).string())));
    lock.setStaleLockTime(0);
    while (!lock.tryLock(setLockTickMs)) {
        if (stop.stop_requested())
            return failure(ErrorCode::Cancelled, subject);
        if (lock.error() != QLockFile::LockFailedError)
            return failure(ErrorCode::FileUnwritable, m_folder.string(), "no lock can be made");
    }
    if (auto made = find(wish))
        return made;
    const fs::path work = m_folder / (std::string(unfinishedSet) + runtime::createId());
    const Result<> done = install(wish, own, work, tell, std::move(stop));
    fs::remove_all(work, error);
    if (!done)
        return tl::unexpected(done.error());
    forgetUnused();
    if (auto made = find(wish))
        return made;
    return failure(ErrorCode::FileUnreadable, m_folder.string(), "the packages went away");
}

Result<> DevicePackages::install(const PackageWish &wish, const QByteArray &own,
                                 const fs::path &work, const Tell &tell, std::stop_token stop)
{
    const std::string subject = wish.files.files.front().string();
    const fs::path set = work / "set", target = set / runtime::packagesInBundle;
    std::error_code error;
    fs::create_directories(work / "installer", error);
    fs::create_directories(target, error);
    if (error)
        return failure(ErrorCode::FileUnwritable, target.string(), error.message());
    if (const Result<> done = installPackages(wish, own, work / "installer", target, tell, stop);
        !done)
        return done;
    if (const Result<> written = writeSet(set, subject); !written)
        return written;
    const bool leavesSome = fs::exists(work / "installer" / "own", error);
    const fs::path final = m_folder / (leavesSome ? wish.ownKey : wish.key);
    fs::remove_all(final, error); // a damaged one
    fs::rename(set, final, error);
    if (error)
        return failure(ErrorCode::FileUnwritable, final.string(), error.message());
    return {};
}

void DevicePackages::forgetUnused() const
{
    std::error_code error;
    const auto now = fs::file_time_type::clock::now();
    std::vector<fs::path> old;
    for (const fs::directory_entry &item : fs::directory_iterator(m_folder, error)) {
        if (!item.is_directory(error))
            continue;
        const bool isWork = item.path().filename().string().starts_with(unfinishedSet);
        const auto used =
            fs::last_write_time(isWork ? item.path() : item.path() / setManifest, error);
        if (!error && now - used > (isWork ? abandonedWork : unusedSet))
            old.push_back(item.path());
    }
    for (const fs::path &path : old)
        fs::remove_all(path, error);
}

QString DevicePackages::ownPackagesScript()
{
    return QStringLiteral(
        "for d in /usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages "
        "/usr/lib/python3*/site-packages /usr/local/lib/python3*/site-packages "
        "\"$HOME\"/.local/lib/python3*/site-packages; do "
        "[ -d \"$d\" ] && ls \"$d\" | grep -e '-info$'; done; true");
}

} // namespace device
