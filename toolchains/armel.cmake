# 32-bit ARM without Debian's armhf, which begins at ARMv7: the first Raspberry Pi and the Zero (ARMv6), in soft float. Debian's armel.
set(DEBIAN_ARCHITECTURE armel)
set(DEBIAN_TRIPLET arm-linux-gnueabi)
set(DEBIAN_EMULATOR "qemu-arm-static;-cpu;arm1176")
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_FLAGS_INIT "-mcpu=arm1176jzf-s -mfloat-abi=soft")
include("${CMAKE_CURRENT_LIST_DIR}/debian-sysroot.cmake")
