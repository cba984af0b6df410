#pragma once

#include "cmake/headers/std.h"

#include "cmake/headers/jsontemplates.h"
