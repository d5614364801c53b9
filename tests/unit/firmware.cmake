edge_unit_test(firmware_indicator_test
  SOURCES firmware/indicator_test.cpp
  DEPENDS firmware_appliance hal_linux hal_sim relay_base test_fakes)
edge_unit_test(firmware_provider_set_test
  SOURCES firmware/provider_set_test.cpp
  DEPENDS firmware_appliance firmware_modem hal_sim relay_base relay_config relay_http test_fakes)
edge_unit_test(firmware_button_test
  SOURCES firmware/button_test.cpp
  DEPENDS firmware_appliance hal_linux hal_sim relay_base test_fakes)
