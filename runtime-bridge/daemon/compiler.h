#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/daemon/workertask.h"

#include <boost/asio/error.hpp> // for spawn.hpp, where Asio is compiled separately
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// What a function is built of and by.
struct BuildPlan {
    std::string program;      ///< The compiler, a path.
    std::string_view endings; ///< Of the files that the result depends on: ".go go.mod go.sum".
    std::string recipe;       ///< What else it depends on: our own files, flags.
    /// Lays the sources out in \a work and says how to build there; the result goes to \a out.
    std::function<Result<std::vector<std::string>>(const std::filesystem::path &work,
                                                   const std::filesystem::path &out)>
        prepare;
    std::vector<std::string> environment;
};

/// Builds functions with the compilers of their languages, one at a time, and keeps what it built
/// by the digest of sources and compiler.
class Compiler
{
public:
    /// \a folder: where the results lie.
    Compiler(boost::asio::io_context &io, Children &children, std::filesystem::path folder);

    /// The folder of the result. ErrorCode::FunctionInitFailed with the compiler's own messages,
    /// and their places as the stack, in the fault.
    [[nodiscard]] Result<std::filesystem::path> build(const WorkerTask &task, const BuildPlan &plan,
                                                      boost::asio::yield_context yield);

private:
    struct Ended {
        bool isGood = false;
        std::string output;
    };

    [[nodiscard]] Result<Ended> run(const std::vector<std::string> &command, const BuildPlan &plan,
                                    const std::filesystem::path &folder,
                                    boost::asio::yield_context yield);
    void removeOldest() const;

    boost::asio::io_context &m_io;
    Children &m_children;
    std::filesystem::path m_folder;
    Turnstile m_turnstile;
};

/// The files of a function with one of \a endings ("go.mod" is one too), relative to \a root, in
/// order. Hidden folders are left out.
[[nodiscard]] std::vector<std::filesystem::path> filesWith(const std::filesystem::path &root,
                                                           std::string_view endings);

} // namespace runtime
