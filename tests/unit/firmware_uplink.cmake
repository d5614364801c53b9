edge_unit_test(firmware_uplink_test
  SOURCES firmware/uplink/judge_test.cpp firmware/uplink/monitor_test.cpp
  DEPENDS firmware_uplink hal_ports relay_base test_fakes)
