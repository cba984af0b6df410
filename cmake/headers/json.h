#pragma once

#include "cmake/headers/std.h"

#include <nlohmann/json.hpp>
