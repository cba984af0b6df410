#pragma once

#include "cmake/headers/qt.h"

#include "cmake/headers/jsontemplates.h"
