# 64-bit ARM (ARMv8): Debian's arm64.
set(DEBIAN_ARCHITECTURE arm64)
set(DEBIAN_TRIPLET aarch64-linux-gnu)
set(DEBIAN_EMULATOR qemu-aarch64-static)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include("${CMAKE_CURRENT_LIST_DIR}/debian-sysroot.cmake")
