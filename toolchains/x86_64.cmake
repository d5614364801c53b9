# 64-bit PC: Debian's amd64, from a sysroot of its own, so that what is shipped does not depend on what the build machine has installed.
set(DEBIAN_ARCHITECTURE amd64)
set(DEBIAN_TRIPLET x86_64-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/debian-sysroot.cmake")
