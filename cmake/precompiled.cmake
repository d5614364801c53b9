# The standard library's and Asio's headers, parsed once instead of once per file: a third of the time of a build from nothing
# (docs/decisions/0028-precompiled-headers.md). Headers of the system only: nothing here changes when the project does.
# -DEDGE_RELAY_PRECOMPILE=OFF builds without, which shows a file that forgets an #include.

option(EDGE_RELAY_PRECOMPILE "Precompile the system's headers" ON)

# edge_precompiled(<target>): it uses them.
function(edge_precompiled name)
  if(EDGE_RELAY_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM edge_relay_precompiled)
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
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Else two of them from the same headers differ, and ccache takes neither for the other.
    target_compile_options(edge_relay_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  # For ccache, which else would hash the file itself: that holds the name of this clone's build folder.
  set(precompiled ${CMAKE_BINARY_DIR}/CMakeFiles/edge_relay_precompiled.dir/cmake_pch.hxx)
  add_custom_command(OUTPUT ${precompiled}.pch.sum
    COMMAND ${CMAKE_CXX_COMPILER} -E -P -x c++ ${CMAKE_CXX23_STANDARD_COMPILE_OPTION}
      "-D$<JOIN:$<TARGET_PROPERTY:asio_headers,INTERFACE_COMPILE_DEFINITIONS>,;-D>" ${precompiled} -o ${precompiled}.text
    COMMAND sh -c "sha256sum <$0.text >$0.pch.sum && rm $0.text" ${precompiled}
    DEPENDS ${precompiled}.pch VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(edge_relay_precompiled_sum DEPENDS ${precompiled}.pch.sum)
endif()
