#pragma once

#include "runtime-bridge/daemon/descriptor.h"
#include "runtime-bridge/daemon/linesplitter.h"
#include "runtime-bridge/protocol/messages.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace runtime {

/// What a worker prints, as lines that belong to the invocation that runs; beyond its limit they
/// are counted.
class WorkerOutput : public std::enable_shared_from_this<WorkerOutput>
{
public:
    /// \a kept: false when the line is over the invocation's limit.
    using Logged = std::function<void(const LogLine &, bool kept)>;

    WorkerOutput(boost::asio::io_context &io, Descriptor output, Descriptor error,
                 std::string function, Logged logged);
    ~WorkerOutput();

    void open(); ///< Lines come from now on.
    /// Whose the lines are; null: nobody's, or not to be told apart. Its limit begins anew.
    void setInvocation(Invocation *invocation);
    /// Takes what lies in the pipes now.
    void drain();
    void close();

    /// The end of its standard error, to tell how it died.
    [[nodiscard]] const std::string &lastError() const { return m_lastError; }

private:
    struct Pipe;

    void read(Pipe &pipe);
    void onLine(std::string text, bool isError);

    std::string m_function;
    Logged m_logged;
    std::unique_ptr<Pipe> m_output, m_error;
    Invocation *m_invocation = nullptr;
    std::size_t m_bytes = 0;
    std::string m_lastError;
};

} // namespace runtime
