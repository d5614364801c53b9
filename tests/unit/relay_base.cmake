edge_unit_test(relay_base_test
  SOURCES relay/base/task_test.cpp relay/base/log_test.cpp relay/base/rfc3339_test.cpp relay/base/timeline_test.cpp relay/base/planted_fault_test.cpp
  DEPENDS relay_base test_fakes)
