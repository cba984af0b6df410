#pragma once

#include "app/cli/place.h"
#include "runtime-bridge/controllers/controller.h"

#include <memory>

namespace app {

/// The controller that \a place is. ErrorCode::TargetUnknown for another kind of target.
/// $EDGEWRIGHT_ENDPOINT_PORT: where this computer's own endpoint listens, instead of 3233.
[[nodiscard]] runtime::Result<std::unique_ptr<runtime::Controller>>
createControllerOf(const Place &place);

} // namespace app
