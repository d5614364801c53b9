edge_unit_test(relay_program_test
  SOURCES relay/program/vitals_test.cpp
  DEPENDS relay_program relay_base test_fakes)
