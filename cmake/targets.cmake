# edge_library(<name> [SOURCES ...] [DEPENDS <edge libraries>] [EXTERNAL <third-party targets>])
#   One folder is one library. DEPENDS is the folder's list of arrows: it is what links, and tools/lint/layering reads the same
#   list and refuses an #include that it does not allow. relay_base and relay_message are open to everybody.
# edge_program(<name> [SOURCES ...] [DEPENDS ...] [EXTERNAL ...])
# edge_unit_test(<name> [SOURCES ...] [DEPENDS ...])   a CppUTest runner, registered with CTest under the label "unit"

function(edge_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;EXTERNAL" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC edge_relay_flags ${ARG_DEPENDS} ${ARG_EXTERNAL})
    edge_precompiled(${name})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE edge_relay_flags ${ARG_DEPENDS} ${ARG_EXTERNAL})
  endif()
endfunction()

function(edge_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;EXTERNAL" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE edge_relay_flags ${ARG_DEPENDS} ${ARG_EXTERNAL})
  edge_precompiled(${name})
endfunction()

function(edge_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;EXTERNAL" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/unit/runner.cpp)
  target_link_libraries(${name} PRIVATE edge_relay_flags ${ARG_DEPENDS} ${ARG_EXTERNAL} relay_base PkgConfig::CPPUTEST)
  edge_precompiled(${name})
  # CppUTest would else define a macro `new` (for its leak detector, which runner.cpp turns off) and break every standard header that
  # is included after it.
  target_compile_definitions(${name} PRIVATE
    EDGE_RELAY_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data" CPPUTEST_MEM_LEAK_DETECTION_DISABLED)
  if("thread" IN_LIST EDGE_RELAY_SANITIZE)
    # CppUTest and ThreadSanitizer's runtime both bring an operator new; the runtime's, which comes first, is the one to use.
    target_link_options(${name} PRIVATE -Wl,--allow-multiple-definition)
  endif()
  add_test(NAME unit.${name} COMMAND ${name})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 900)
endfunction()
