# The common part of the toolchains: Debian's cross compiler for ${triplet}, and the libraries that
# installer/fetch-sysroot.sh unpacked into EDGEWRIGHT_SYSROOT. Never this machine's own headers.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EDGEWRIGHT_SYSROOT)
if(NOT IS_DIRECTORY "${EDGEWRIGHT_SYSROOT}/usr/lib/${triplet}")
    message(FATAL_ERROR "EDGEWRIGHT_SYSROOT has no libraries for ${triplet}: installer/build-devices.sh fetches them")
endif()
set(CMAKE_FIND_ROOT_PATH ${EDGEWRIGHT_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
    set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
# A char has no sign on ARM unless it is asked for; everything is tested where it has one.
set(CMAKE_CXX_FLAGS_INIT "${machineFlags} -fsigned-char -isystem ${EDGEWRIGHT_SYSROOT}/usr/include/${triplet} -isystem ${EDGEWRIGHT_SYSROOT}/usr/include")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${EDGEWRIGHT_SYSROOT}/usr/lib/${triplet}")
