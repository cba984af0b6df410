#include "app/cli/controllerof.h"

#include "runtime-bridge/controllers/createcontroller.h"

namespace app {

using runtime::ErrorCode;
using runtime::failure;

runtime::Result<std::unique_ptr<runtime::Controller>> createControllerOf(const Place &place)
{
    if (place.kind == Place::Kind::Device)
        return failure(ErrorCode::TargetUnknown, place.name,
                       "it is a device: edgewright push --to " + place.name);
    if (place.kind == Place::Kind::Here)
        return failure(ErrorCode::TargetUnknown, place.name,
                       "it is this computer's runtime: edgewright run");
    return runtime::createController(place.target,
                                     runtime::LocalEndpointOptions::fromEnvironment());
}

} // namespace app
