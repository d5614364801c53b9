edge_unit_test(relay_events_test
  SOURCES relay/events/event_streams_test.cpp relay/events/webhooks_test.cpp relay/outbox/outbox_world.cpp
  DEPENDS relay_events relay_outbox relay_http relay_message relay_base test_fakes)
