edge_unit_test(firmware_uplink_test
  SOURCES firmware/uplink/judge_test.cpp firmware/uplink/monitor_test.cpp
  DEPENDS firmware_uplink hal_ports relay_base test_fakes)
edge_unit_test(firmware_bridge_link_test
  SOURCES firmware/uplink/bridge_link_test.cpp
  DEPENDS firmware_uplink relay_crypto relay_http relay_outbox test_fakes
  EXTERNAL nlohmann_json::nlohmann_json)
