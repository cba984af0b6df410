#pragma once

#include "runtime-bridge/function/importers/cloudformation.h"

namespace runtime::importers {

/// Reads the "Events" of a function of a SAM template into triggers.
void readSamEvents(const Node &events, FunctionSpec &spec, Import &import, CloudFormation &cloud);

} // namespace runtime::importers
