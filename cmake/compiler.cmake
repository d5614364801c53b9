# The product compiler is clang 19 (docs/decisions/0001-compiler.md). Flags common to every target live here and nowhere else;
# toolchain files name a compiler and a sysroot, never a project flag.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles ordinary C++ coroutines (wrong frames, double frees; "
    "docs/decisions/0001-compiler.md). Use clang 19 (cmake --preset dev picks it; tools/setup installs it) or g++ 13 and later.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Debian's compilers make position-independent executables by themselves, and there is no shared library here: libraries and programs
# are compiled alike, and share what is precompiled.

option(EDGE_RELAY_TESTS "Build the tests" ON)
set(EDGE_RELAY_SANITIZE "" CACHE STRING "address;undefined or thread; empty for none")
option(EDGE_RELAY_COVERAGE "Instrument for llvm-cov" OFF)
option(EDGE_RELAY_FUZZ "Build the libFuzzer targets" OFF)
option(EDGE_RELAY_PLANTED_FAULTS "Compile the deliberate faults in (relay/base/planted_fault.hpp); never in what is shipped" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Objects are the same for every clone of this tree, wherever it stands; pch_defines and time_macros let it cache what uses precompiled
  # headers (ccache's manual, "Precompiled headers"; nothing here uses __TIME__), which it knows by the checksum beside them.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1
    ${CCACHE_PROGRAM})
endif()

# Programs land in build/<preset>/bin whatever folder they are built from.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_library(edge_relay_flags INTERFACE)
target_compile_options(edge_relay_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Wno-missing-designated-field-initializers -Werror=return-type -Werror=unused-result -fno-omit-frame-pointer)
target_include_directories(edge_relay_flags INTERFACE ${CMAKE_SOURCE_DIR})

if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  # Else glibc's time_t and off_t have 32 bits there, and its clocks end in January 2038 (docs/decisions/0030-cross-builds.md).
  target_compile_definitions(edge_relay_flags INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
endif()
if(CMAKE_CXX_COMPILER_TARGET STREQUAL "arm-linux-gnueabi")
  # ARMv6 has no 64-bit atomics of its own.
  target_link_libraries(edge_relay_flags INTERFACE atomic)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(edge_relay_flags INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections)
  target_link_options(edge_relay_flags INTERFACE -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
endif()

foreach(sanitizer IN LISTS EDGE_RELAY_SANITIZE)
  target_compile_options(edge_relay_flags INTERFACE -fsanitize=${sanitizer} -fno-sanitize-recover=all)
  target_link_options(edge_relay_flags INTERFACE -fsanitize=${sanitizer})
endforeach()
if(EDGE_RELAY_COVERAGE)
  target_compile_options(edge_relay_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(edge_relay_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
endif()
if(EDGE_RELAY_FUZZ)
  # The product code is instrumented for coverage; only a fuzz target links libFuzzer's main.
  target_compile_options(edge_relay_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(EDGE_RELAY_PLANTED_FAULTS)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    message(FATAL_ERROR "EDGE_RELAY_PLANTED_FAULTS is for tools/mutants (preset mutants); what is shipped is built without it.")
  endif()
  target_compile_definitions(edge_relay_flags INTERFACE EDGE_RELAY_PLANTED_FAULTS=1)
endif()
