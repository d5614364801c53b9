edge_unit_test(hal_linux_serial_test
  SOURCES hal/linux_serial_test.cpp hal/tcp_serial_test.cpp hal/usb_device_test.cpp
  DEPENDS hal_linux relay_base test_fakes
  EXTERNAL util)
edge_unit_test(hal_power_test
  SOURCES hal/power_rail_test.cpp
  DEPENDS hal_linux hal_ports hal_sim relay_base test_fakes)
edge_unit_test(hal_facts_test
  SOURCES hal/clock_trust_test.cpp hal/storage_test.cpp hal/thermometer_test.cpp hal/watchdog_test.cpp
  DEPENDS hal_linux hal_sim relay_base)
# A runner of its own: it leaves the machine's network.
edge_unit_test(hal_network_test
  SOURCES hal/network_test.cpp
  DEPENDS hal_linux relay_base test_fakes)
