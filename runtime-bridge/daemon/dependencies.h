#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/function/functionspec.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace runtime {

/// What functions need besides their own files, by requirements.txt, pyproject.toml or package.json
/// beside them or in a folder above, up to the one with the application file.
///
/// Installed once for each digest of these files, the interpreter and the machine, by pip and npm
/// as children of the runtime, into a folder that workers read packages from. A folder is there
/// whole or not at all. An application with its own node_modules, venv or .venv uses these.
class Dependencies
{
public:
    /// For the function's log: what is going on.
    using Tell = std::function<void(const std::string &line)>;

    /// \a folder: where they are kept. \a shims: where the programs of resources/shims lie.
    Dependencies(boost::asio::io_context &io, Children &children, std::filesystem::path folder,
                 std::filesystem::path shims);

    /// The folder from which \a spec, which lies in \a root, takes packages; empty when it needs
    /// none beside what it finds by itself. Waits for the installation.
    /// ErrorCode::DependenciesFailed with what the installer says.
    [[nodiscard]] Result<std::filesystem::path> prepare(const FunctionSpec &spec,
                                                        const std::filesystem::path &root,
                                                        const Tell &tell,
                                                        boost::asio::yield_context yield);

private:
    struct Need;

    Result<std::filesystem::path> install(const Need &need, const Tell &tell,
                                          boost::asio::yield_context yield);
    Result<> runInstaller(const Need &need, const std::filesystem::path &target, const Tell &tell,
                          boost::asio::yield_context yield);
    Result<std::string> versionOf(const std::string &program, bool isPython,
                                  boost::asio::yield_context yield);

    boost::asio::io_context &m_io;
    Children &m_children;
    std::filesystem::path m_folder, m_shims;
    std::map<std::string, std::string> m_versions; ///< By the interpreter's path.
    std::set<std::string> m_installing;            ///< Digests.
    Wake m_wake;
};

} // namespace runtime
