#pragma once

#include "app/cli/output.h"

#include <QObject>

#include <functional>
#include <memory>
#include <stop_token>

namespace app {

/// What the program's exit code says.
enum class Exit { Done = 0, Failed = 1, Usage = 2, Unreachable = 3, Cancelled = 130 };

/// The exit code of an operation that ended with \a error.
[[nodiscard]] Exit exitOf(const runtime::Error &error);

/// One run of one command. The program makes one, starts it in its event loop, and ends with it.
class Command : public QObject
{
    Q_OBJECT

public:
    explicit Command(Output &output) : m_output(output) {}
    ~Command() override { m_stop.request_stop(); }

    virtual void start() = 0;
    /// Ctrl+C. What runs is stopped and the command ends as cancelled, unless it is one that runs
    /// until then.
    virtual void interrupt();

Q_SIGNALS:
    /// Once.
    void finished(int exitCode);

protected:
    [[nodiscard]] Output &output() const { return m_output; }
    [[nodiscard]] std::stop_token stopToken() const { return m_stop.get_token(); }
    void finish(Exit exit);
    /// Says the error and ends with its exit code.
    void fail(const runtime::Error &error);

private:
    Output &m_output;
    std::stop_source m_stop;
    bool m_finished = false;
};

/// Makes the command that was chosen on the command line.
using CreateCommand = std::function<std::unique_ptr<Command>(Output &)>;

/// A command that is done at once.
class ImmediateCommand final : public Command
{
    Q_OBJECT

public:
    using Work = std::function<runtime::Result<Exit>(Output &)>;
    ImmediateCommand(Output &output, Work work) : Command(output), m_work(std::move(work)) {}
    void start() override;

private:
    Work m_work;
};

[[nodiscard]] CreateCommand immediate(ImmediateCommand::Work work);

} // namespace app
