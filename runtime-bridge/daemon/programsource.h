#pragma once

#include "runtime-bridge/daemon/children.h"
#include "runtime-bridge/daemon/workersource.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <vector>

namespace runtime {

/// A program to start for a function, and how it is spoken with.
struct Launch {
    enum class Speaks { Frames, RuntimeApi, Http };
    Speaks speaks = Speaks::RuntimeApi;
    std::vector<std::string> command;     ///< Program (a path) and arguments.
    std::vector<std::string> environment; ///< "NAME=value", besides what every worker has.
};

/// Starts a process of its own for each worker, with the function's environment.
class ProgramSource final : public WorkerSource
{
public:
    /// What to start for a function; may take its time to build it.
    using Launcher = std::function<Result<Launch>(const WorkerTask &, boost::asio::yield_context)>;

    ProgramSource(boost::asio::io_context &io, Children &children, Launcher launcher);

    [[nodiscard]] Result<EmptyWorker> take(const WorkerTask &task,
                                           const std::filesystem::path &temporaryFolder,
                                           boost::asio::yield_context yield) override;

private:
    boost::asio::io_context &m_io;
    Children &m_children;
    Launcher m_launcher;
};

} // namespace runtime
