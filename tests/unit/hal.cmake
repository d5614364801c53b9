edge_unit_test(hal_linux_serial_test
  SOURCES hal/linux_serial_test.cpp hal/usb_device_test.cpp
  DEPENDS hal_linux relay_base
  EXTERNAL util)
