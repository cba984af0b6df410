#pragma once

#include "runtime-bridge/controllers/controller.h"
#include "runtime-bridge/controllers/localendpoint.h"

#include <memory>

namespace runtime {

/// The controller that \a target of an application file names: kind "edgewright" with no endpoint
/// is this computer's own; with one, and kind "openwhisk", the API there, with the key from
/// $EDGEWRIGHT_WHISK_AUTH or ~/.wskprops (AUTH and, without an endpoint in the target, APIHOST).
/// ErrorCode::TargetUnknown for a device or another kind; ControllerAuthRejected without a key.
[[nodiscard]] Result<std::unique_ptr<Controller>>
createController(const ApplicationTarget &target, const LocalEndpoint::Options &local = {});

} // namespace runtime
