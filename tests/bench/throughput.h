#pragma once

#include "tests/bench/report.h"

namespace bench {

/// Warm functions under 8 connections that ask as fast as they are answered, beside
/// serverless-offline, Functions Framework and a bare HTTP server.
bool measureThroughput(Report &report);

} // namespace bench
