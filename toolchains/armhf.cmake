# 32-bit ARM with a floating point unit (ARMv7, VFPv3-D16): Debian's armhf.
set(DEBIAN_ARCHITECTURE armhf)
set(DEBIAN_TRIPLET arm-linux-gnueabihf)
set(DEBIAN_EMULATOR qemu-arm-static)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_FLAGS_INIT "-march=armv7-a+fp -mthumb")  # What Debian's own armhf packages are built for.
include("${CMAKE_CURRENT_LIST_DIR}/debian-sysroot.cmake")
