set(CMAKE_SYSTEM_PROCESSOR mipsel)
set(triplet mipsel-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/device.cmake)
