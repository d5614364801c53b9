edge_unit_test(firmware_reset_test
  SOURCES firmware/reset/factory_reset_test.cpp
  DEPENDS firmware_reset relay_base)
