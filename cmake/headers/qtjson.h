#pragma once

#include "cmake/headers/qt.h"

#include <nlohmann/json.hpp>
