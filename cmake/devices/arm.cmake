# ARMv6 with floating point, as the first Raspberry Pi and the Zero have it; runs on ARMv7 and later
# too. Debian's armhf libraries are ARMv7, so the soft-float ones of armel are linked: softfp passes
# arguments as they do.
set(CMAKE_SYSTEM_PROCESSOR armv6l)
set(triplet arm-linux-gnueabi)
set(machineFlags "-march=armv6kz -mfloat-abi=softfp -mfpu=vfp")
include(${CMAKE_CURRENT_LIST_DIR}/device.cmake)
