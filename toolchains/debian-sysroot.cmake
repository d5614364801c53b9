# Included by the toolchain files of this folder, which set DEBIAN_ARCHITECTURE (as dpkg names it) and DEBIAN_TRIPLET (as its library
# folders are named): clang 19 with a sysroot of Debian packages, made by tools/sysroot. No project flag stands here.

set(CMAKE_SYSTEM_NAME Linux)
# The folder of all sysroots; tools/sysroot reads the same variable.
set(sysroots "$ENV{EDGE_RELAY_SYSROOTS}")
if(sysroots STREQUAL "")
  get_filename_component(sysroots "${CMAKE_CURRENT_LIST_DIR}/../build/sysroot" ABSOLUTE)
endif()
set(CMAKE_SYSROOT "${sysroots}/${DEBIAN_ARCHITECTURE}")
if(NOT EXISTS "${CMAKE_SYSROOT}/usr/include")
  message(FATAL_ERROR "There is no sysroot ${CMAKE_SYSROOT}. Make it (10 s):  tools/sysroot ${DEBIAN_ARCHITECTURE}")
endif()

set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_CXX_COMPILER_TARGET ${DEBIAN_TRIPLET})
set(CMAKE_LIBRARY_ARCHITECTURE ${DEBIAN_TRIPLET})

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# pkg-config is the build machine's; what it finds is the sysroot's.
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CMAKE_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_SYSROOT}/usr/lib/${DEBIAN_TRIPLET}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig")

# CTest runs the target's programs by qemu-user, unless this machine runs them itself.
if(DEFINED DEBIAN_EMULATOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${DEBIAN_EMULATOR};-L;${CMAKE_SYSROOT}")
endif()
