edge_unit_test(relay_dispatch_parts_test
  SOURCES relay/dispatch/active_set_test.cpp relay/dispatch/decision_test.cpp relay/dispatch/retry_test.cpp
  DEPENDS relay_dispatch relay_chain relay_message relay_base test_fakes)
