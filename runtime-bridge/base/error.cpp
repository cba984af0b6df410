#include "runtime-bridge/base/error.h"

#include <algorithm>

namespace runtime {

namespace {
constexpr std::array<std::string_view, errorCodeCount> names{
    "Cancelled",
    "File.Unreadable",
    "File.Unwritable",
    "Application.Missing",
    "Application.Invalid",
    "Function.Unknown",
    "Function.SourceMissing",
    "Function.SourceAmbiguous",
    "Function.DialectAmbiguous",
    "Event.Invalid",
    "Runtime.Missing",
    "Runtime.Unreachable",
    "Runtime.Lost",
    "Runtime.Incompatible",
    "Runtime.Busy",
    "Request.Invalid",
    "Record.Unknown",
    "Interpreter.Missing",
    "Function.InitFailed",
    "Function.Failed",
    "Function.DependenciesFailed",
    "Gateway.PortInUse",
    "Device.Unknown",
    "Device.Unreachable",
    "Device.AuthRejected",
    "Device.HostKeyUnknown",
    "Device.HostKeyChanged",
    "Device.DiskFull",
    "Device.Unsuitable",
    "Device.UpgradeFailed",
    "Device.RemovalFailed",
    "Device.Lost",
    "Simulator.Unavailable",
    "Target.Unknown",
    "Controller.Unreachable",
    "Controller.AuthRejected",
    "Controller.Refused",
    "Debugger.Missing",
    "Debugger.Failed",
    "Usage.Invalid",
    "Internal",
};
static_assert(!names.back().empty());
} // namespace

std::string_view wireName(ErrorCode code)
{
    return names.at(std::size_t(code));
}

std::optional<ErrorCode> errorCodeFromWireName(std::string_view name)
{
    const auto it = std::ranges::find(names, name);
    if (it == names.end())
        return std::nullopt;
    return ErrorCode(std::distance(names.begin(), it));
}

} // namespace runtime
