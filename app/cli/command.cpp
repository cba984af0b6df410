#include "app/cli/command.h"

namespace app {

using runtime::ErrorCode;

Exit exitOf(const runtime::Error &error)
{
    switch (error.code) {
    case ErrorCode::Cancelled: return Exit::Cancelled;
    case ErrorCode::UsageInvalid:
    case ErrorCode::ApplicationMissing:
    case ErrorCode::FunctionUnknown:
    case ErrorCode::SourceMissing:
    case ErrorCode::SourceAmbiguous:
    case ErrorCode::DialectAmbiguous:
    case ErrorCode::EventInvalid:
    case ErrorCode::DeviceUnknown:
    case ErrorCode::TargetUnknown: return Exit::Usage;
    case ErrorCode::RuntimeMissing:
    case ErrorCode::RuntimeUnreachable:
    case ErrorCode::RuntimeLost:
    case ErrorCode::RuntimeIncompatible:
    case ErrorCode::DeviceUnreachable:
    case ErrorCode::DeviceAuthRejected:
    case ErrorCode::DeviceHostKeyUnknown:
    case ErrorCode::DeviceHostKeyChanged:
    case ErrorCode::DeviceLost:
    case ErrorCode::ControllerUnreachable:
    case ErrorCode::ControllerAuthRejected: return Exit::Unreachable;
    default: return Exit::Failed;
    }
}

void Command::interrupt()
{
    m_stop.request_stop();
    finish(Exit::Cancelled);
}

void Command::finish(Exit exit)
{
    if (!std::exchange(m_finished, true))
        Q_EMIT finished(int(exit));
}

void Command::fail(const runtime::Error &error)
{
    if (m_finished)
        return;
    m_output.error(error);
    finish(exitOf(error));
}

void ImmediateCommand::start()
{
    if (const runtime::Result<Exit> exit = m_work(output()))
        finish(*exit);
    else
        fail(exit.error());
}

CreateCommand immediate(ImmediateCommand::Work work)
{
    return [work = std::move(work)](Output &output) {
        return std::make_unique<ImmediateCommand>(output, work);
    };
}

} // namespace app
