#pragma once

#include "runtime-bridge/function/importers/serverlessvariables.h"

namespace runtime::importers {

/// Reads a serverless.yml that is one of Tencent's components: "component: scf" is a function.
void readTencentComponent(const Node &root, Import &import, ServerlessVariables &variables);

} // namespace runtime::importers
