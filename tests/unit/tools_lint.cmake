# The house's rules on the tree itself, and the proof that each lint refuses what it should.
foreach(lint IN ITEMS layering traps size systemd self-test)
  add_test(NAME lint.${lint} COMMAND ${CMAKE_SOURCE_DIR}/tools/lint/${lint})
  set_tests_properties(lint.${lint} PROPERTIES LABELS lint TIMEOUT 120)
endforeach()
