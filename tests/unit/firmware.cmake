edge_unit_test(firmware_indicator_test
  SOURCES firmware/indicator_test.cpp
  DEPENDS firmware_appliance hal_linux hal_sim relay_base test_fakes)
