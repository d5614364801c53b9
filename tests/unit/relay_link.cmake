edge_unit_test(relay_link_test
  SOURCES relay/link/message_json_test.cpp
  DEPENDS relay_link relay_message)
