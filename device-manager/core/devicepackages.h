#pragma once

#include "device-manager/core/packagetarget.h"
#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/bundle.h"
#include "runtime-bridge/function/dependencyfiles.h"

#include <QByteArray>
#include <QString>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace device {

/// What a function asks for and a device needs: the name of a set of packages.
struct PackageWish {
    runtime::DependencyFiles files;
    PackageTarget target;
    bool isPython = false;
    std::string key; ///< Digest of files and target.
    /// Of these and the device: the set leaves to it what it has itself.
    std::string ownKey;
};

/// The packages of one function for one kind of device, as they go with its bundle.
struct PackageSet {
    std::filesystem::path folder;           ///< Where they lie: each file at its path in a bundle.
    std::vector<runtime::BundleFile> files; ///< In the order of their paths.
};

/// Takes what functions ask for from wheels and prebuilt packages that fit a device, by pip and npm
/// of this computer, and keeps it: a set is made once for each digest of the files that ask, the
/// machine, the version of Python or Node.js and the C library. Nothing is built, no script of a
/// package runs.
///
/// For worker threads, one at a time an object. Sets are whole or not there; several objects and
/// programs may share a folder.
class DevicePackages final
{
public:
    /// What goes on, line by line.
    using Tell = std::function<void(const QString &line)>;

    /// \a folder: where sets are kept; "device-packages" in the state folder unless it is said.
    explicit DevicePackages(std::filesystem::path folder = {});

    /// Nothing when the function of \a source (a folder or a file) needs none, or they go with it
    /// already, or \a target is of a device that is not connected.
    [[nodiscard]] static std::optional<PackageWish> wishOf(const std::string &runtime,
                                                           const std::filesystem::path &source,
                                                           const PackageTarget &target,
                                                           const std::string &device);

    /// The set, if it was made before; null otherwise. Starts no program.
    [[nodiscard]] std::shared_ptr<const PackageSet> find(const PackageWish &wish);

    /// Makes it. \a own: what ownPackagesScript() printed on the device, whose packages serve where
    /// there is no wheel. ErrorCode::DependenciesFailed with a sentence, InterpreterMissing, or
    /// Cancelled within a second of \a stop.
    [[nodiscard]] runtime::Result<std::shared_ptr<const PackageSet>>
    make(const PackageWish &wish, const QByteArray &own, const Tell &tell, std::stop_token stop);

    /// The sh script that lists Python's packages of a device.
    [[nodiscard]] static QString ownPackagesScript();

private:
    runtime::Result<> install(const PackageWish &wish, const QByteArray &own,
                              const std::filesystem::path &work, const Tell &tell,
                              std::stop_token stop);
    void forgetUnused() const;

    std::filesystem::path m_folder;
    std::map<std::string, std::shared_ptr<const PackageSet>> m_sets;
};

} // namespace device
