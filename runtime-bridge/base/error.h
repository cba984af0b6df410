#pragma once

#include <tl/expected.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace runtime {

/// What went wrong, as a closed set: the interface must be able to advise on every one of them.
/// A new code needs its wire name in error.cpp, its words in app/errors and a row in the tests.
enum class ErrorCode {
    Cancelled,
    // files and applications
    FileUnreadable,
    FileUnwritable,
    ApplicationMissing,
    ApplicationInvalid,
    FunctionUnknown,
    SourceMissing,
    SourceAmbiguous,
    DialectAmbiguous,
    EventInvalid,
    // the runtime
    RuntimeMissing,
    RuntimeUnreachable,
    RuntimeLost,
    RuntimeIncompatible,
    RuntimeBusy,
    RequestInvalid,
    RecordUnknown, ///< No invocation, chain or task of that id is kept.
    InterpreterMissing,
    FunctionInitFailed,
    FunctionFailed,
    DependenciesFailed,
    PortInUse,
    // devices
    DeviceUnknown,
    DeviceUnreachable,
    DeviceAuthRejected,
    DeviceHostKeyUnknown,
    DeviceHostKeyChanged,
    DeviceDiskFull,
    DeviceUnsuitable,
    DeviceUpgradeFailed, ///< The new runtime does not serve there; the one of before does.
    DeviceRemovalFailed,
    DeviceLost,
    SimulatorUnavailable,
    // controllers
    TargetUnknown,
    ControllerUnreachable,
    ControllerAuthRejected,
    ControllerRefused,
    // debugging
    DebuggerMissing,
    DebuggerFailed,
    // command line
    UsageInvalid,
    Internal,
};

/// Every code in the order of the enum, for tables and tests.
inline constexpr std::size_t errorCodeCount = std::size_t(ErrorCode::Internal) + 1;

/// A failed operation. Carries facts only; the sentence the user reads is made in app/errors.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string subject; ///< What it happened to: a device name, a path, a function name.
    std::string detail;  ///< Raw evidence for the log and the details pane; never translated.
};

template<typename T = void> using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(ErrorCode code, std::string subject,
                                                   std::string detail = {})
{
    return tl::unexpected<Error>(Error{code, std::move(subject), std::move(detail)});
}

/// Stable, dotted name used on the wire and in logs, e.g. "Device.DiskFull".
[[nodiscard]] std::string_view wireName(ErrorCode code);

/// The code with that wire name; nothing when the name is not one of ours.
[[nodiscard]] std::optional<ErrorCode> errorCodeFromWireName(std::string_view name);

} // namespace runtime
