#pragma once

#include "runtime-bridge/function/importers/cloudformation.h"
#include "runtime-bridge/function/importers/serverlessvariables.h"

#include <string>

namespace runtime::importers {

/// What a file's "provider" says for every function.
struct ServerlessDefaults {
    std::string provider = "aws";
    std::string dialect;
    Node runtime, memory, timeout, environment;
};

/// Reads the "functions" of a serverless.yml.
void readServerlessFunctions(const Node &functions, const ServerlessDefaults &defaults,
                             Import &import, ServerlessVariables &variables,
                             CloudFormation &resources);

} // namespace runtime::importers
