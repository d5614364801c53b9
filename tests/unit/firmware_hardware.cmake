edge_unit_test(firmware_hardware_test
  SOURCES firmware/hardware/clock_judge_test.cpp firmware/hardware/hardware_watch_test.cpp
  DEPENDS firmware_hardware firmware_board hal_sim relay_base test_fakes)
