edge_unit_test(relay_receipts_test
  SOURCES relay/dispatch/dispatch_world.cpp relay/receipts/receipts_test.cpp relay/receipts/webhook_receipts_test.cpp
  DEPENDS relay_receipts relay_dispatch relay_outbox relay_providers relay_chain relay_message relay_base test_fakes)
