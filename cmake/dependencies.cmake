# Third-party libraries, each as one imported target. A folder that needs one names it in its edge_library(... EXTERNAL);
# tools/lint/layering refuses the library's headers anywhere else.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# Asio is header-only; built once, separately, so that each file that uses it compiles faster.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(asio_headers INTERFACE)
target_include_directories(asio_headers SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
# ASIO_HAS_STD_ALIGNED_ALLOC: else Asio decides by which headers came before it, and one file frees by another means than the next
# allocated by.
target_compile_definitions(asio_headers INTERFACE
  ASIO_STANDALONE ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED ASIO_HAS_STD_ALIGNED_ALLOC=1)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Asio 1.22's configuration header knows only the feature macros of GCC and MSVC.
  target_compile_definitions(asio_headers INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()
target_link_libraries(asio_headers INTERFACE Threads::Threads)

pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
# Loaded at first use (relay/http/libcurl.hpp), so only its headers are needed here.
pkg_check_modules(CURL REQUIRED libcurl>=7.88)
add_library(curl_headers INTERFACE)
target_include_directories(curl_headers SYSTEM INTERFACE ${CURL_INCLUDE_DIRS})
pkg_check_modules(POSTGRESQL REQUIRED IMPORTED_TARGET libpq>=14)
pkg_check_modules(SERIALPORT REQUIRED IMPORTED_TARGET libserialport)
pkg_check_modules(GPIOD REQUIRED IMPORTED_TARGET libgpiod>=1.6 libgpiod<2)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)
if(EDGE_RELAY_TESTS)
  pkg_check_modules(CPPUTEST REQUIRED IMPORTED_TARGET cpputest)
  find_library(MIMALLOC_LIBRARY mimalloc REQUIRED)
endif()
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)

find_library(HTTP_PARSER_LIBRARY http_parser REQUIRED)
add_library(http_parser_library INTERFACE)
target_link_libraries(http_parser_library INTERFACE ${HTTP_PARSER_LIBRARY})

find_library(MBEDTLS_LIBRARY mbedtls REQUIRED)
find_library(MBEDX509_LIBRARY mbedx509 REQUIRED)
find_library(MBEDCRYPTO_LIBRARY mbedcrypto REQUIRED)
add_library(mbedtls_library INTERFACE)
target_link_libraries(mbedtls_library INTERFACE ${MBEDTLS_LIBRARY} ${MBEDX509_LIBRARY} ${MBEDCRYPTO_LIBRARY})
add_library(mbedcrypto_library INTERFACE)
target_link_libraries(mbedcrypto_library INTERFACE ${MBEDCRYPTO_LIBRARY})
