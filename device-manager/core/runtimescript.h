#pragma once

#include "device-manager/core/devicefacts.h"

namespace device {

/// What the device's own shell does about our runtime.
enum class RuntimeTask {
    Prepare, ///< Makes the folders that an installation writes to.
    Replace, ///< Makes the uploaded "edgewrightd.new" the runtime that serves, now and after a
             ///< boot.
    Start,   ///< Nothing when it runs.
    Remove,  ///< Ends it and takes everything away that came with it.
};

/// Exit codes of Replace beside 0: the runtime of before serves on.
inline constexpr int newRuntimeDoesNotRun = 10;   ///< It was not even stopped.
inline constexpr int newRuntimeDoesNotServe = 11; ///< It was started again.

/// The sh script for \a task. A task that has begun ends even when the link is lost meanwhile. Why
/// it failed is on standard error. Replace takes runtimeUnit() as its input. Replace and Start
/// print "boot=", in the words of DeviceFacts::boot.
[[nodiscard]] QString runtimeScript(RuntimeTask task, const DeviceFacts &facts);

/// The part of a script that defines tell_boot, which prints that line.
[[nodiscard]] QString bootScript();

/// The systemd user unit of the runtime.
[[nodiscard]] QByteArray runtimeUnit(const DeviceFacts &facts);

/// Below the home.
[[nodiscard]] QString installedProgram();

} // namespace device
