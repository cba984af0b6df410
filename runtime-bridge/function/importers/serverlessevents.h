#pragma once

#include "runtime-bridge/function/importers/import.h"

namespace runtime::importers {

/// Reads the "events" of a function of a serverless.yml, of AWS and of Tencent, into triggers.
void readServerlessEvents(const Node &events, FunctionSpec &spec, Import &import);

} // namespace runtime::importers
