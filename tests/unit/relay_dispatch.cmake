edge_unit_test(relay_dispatch_parts_test
  SOURCES relay/dispatch/active_set_test.cpp relay/dispatch/decision_test.cpp relay/dispatch/retry_test.cpp
  DEPENDS relay_dispatch relay_chain relay_message relay_base test_fakes)
edge_unit_test(relay_dispatcher_test
  SOURCES relay/dispatch/dispatch_world.cpp relay/dispatch/dispatcher_test.cpp relay/dispatch/fallback_test.cpp relay/dispatch/given_back_test.cpp
          relay/dispatch/guard_test.cpp
          relay/dispatch/orders_test.cpp relay/dispatch/wake_up_test.cpp
  DEPENDS relay_dispatch relay_outbox relay_providers relay_chain relay_message relay_base test_fakes)
edge_unit_test(relay_dispatcher_soak_test
  SOURCES relay/dispatch/dispatch_world.cpp relay/dispatch/soak_test.cpp
  DEPENDS relay_dispatch relay_outbox relay_providers relay_chain relay_message relay_base test_fakes)
