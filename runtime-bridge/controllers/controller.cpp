#include "runtime-bridge/controllers/controller.h"

#include <algorithm>

namespace runtime {

bool DeploymentPlan::isPossible() const
{
    return std::ranges::none_of(findings, [](const PortabilityFinding &finding) {
        return finding.severity == PortabilityFinding::Severity::Error;
    });
}

Controller::Reply<> Controller::rollback(const std::string &function, std::stop_token)
{
    return QtFuture::makeReadyFuture(Result<>(failure(ErrorCode::ControllerRefused, function,
                                                      "this controller keeps no former versions")));
}

} // namespace runtime
