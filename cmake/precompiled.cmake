# The standard library's and Asio's headers, parsed once instead of once per file: a third of the time of a build from nothing
# (docs/decisions/0028-precompiled-headers.md). Headers of the system only: nothing here changes when the project does.
# -DEDGE_RELAY_PRECOMPILE=OFF builds without, which shows a file that forgets an #include.

option(EDGE_RELAY_PRECOMPILE "Precompile the system's headers (clang only)" ON)
set(EDGE_RELAY_PRECOMPILED ${CMAKE_BINARY_DIR}/CMakeFiles/edge_relay_precompiled.dir/cmake_pch.hxx)
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(EDGE_RELAY_PRECOMPILE OFF)
endif()

# edge_precompiled(<target>): it uses them. Not by REUSE_FROM: CMake then passes the header's absolute name beside the precompiled file, and
# ccache would take nothing of one clone for another.
function(edge_precompiled name)
  if(EDGE_RELAY_PRECOMPILE)
    target_compile_options(${name} PRIVATE "SHELL:-include-pch ${EDGE_RELAY_PRECOMPILED}.pch")
    add_dependencies(${name} edge_relay_precompiled_sum)
  endif()
endfunction()

if(EDGE_RELAY_PRECOMPILE)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  add_library(edge_relay_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(edge_relay_precompiled PRIVATE edge_relay_flags asio_headers nlohmann_json::nlohmann_json)
  target_precompile_headers(edge_relay_precompiled PRIVATE
    <algorithm> <array> <charconv> <chrono> <cstdint> <cstdio> <cstdlib> <cstring> <deque> <expected> <filesystem> <fstream>
    <functional> <iostream> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <system_error> <thread>
    <unordered_map> <utility> <variant> <vector>
    <asio/any_io_executor.hpp> <asio/awaitable.hpp> <asio/bind_cancellation_slot.hpp> <asio/buffer.hpp> <asio/co_spawn.hpp>
    <asio/connect.hpp> <asio/detached.hpp> <asio/error.hpp> <asio/experimental/awaitable_operators.hpp> <asio/io_context.hpp>
    <asio/ip/tcp.hpp> <asio/local/stream_protocol.hpp> <asio/posix/stream_descriptor.hpp> <asio/post.hpp> <asio/redirect_error.hpp>
    <asio/steady_timer.hpp> <asio/use_awaitable.hpp> <asio/write.hpp>
    <nlohmann/json.hpp>)
  # Else it would be stale in a clone whose files are as old as the clone.
  target_compile_options(edge_relay_precompiled PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  # For ccache, which else would hash the file itself: that holds the name of this clone's build folder.
  add_custom_command(OUTPUT ${EDGE_RELAY_PRECOMPILED}.pch.sum
    COMMAND ${CMAKE_CXX_COMPILER} -E -P -w -x c++ ${CMAKE_CXX23_STANDARD_COMPILE_OPTION}
      "-D$<JOIN:$<TARGET_PROPERTY:asio_headers,INTERFACE_COMPILE_DEFINITIONS>,;-D>" ${EDGE_RELAY_PRECOMPILED} -o ${EDGE_RELAY_PRECOMPILED}.text
    COMMAND sh -c "sha256sum <$0.text >$0.pch.sum && rm $0.text" ${EDGE_RELAY_PRECOMPILED}
    DEPENDS ${EDGE_RELAY_PRECOMPILED}.pch VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(edge_relay_precompiled_sum DEPENDS ${EDGE_RELAY_PRECOMPILED}.pch.sum)
endif()
