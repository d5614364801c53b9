edge_unit_test(firmware_console_test
  SOURCES firmware/console/printable_test.cpp firmware/console/keys_test.cpp firmware/console/line_editor_test.cpp
    firmware/console/command_table_test.cpp firmware/console/store_test.cpp firmware/console/settings_text_test.cpp
    firmware/console/condition_test.cpp firmware/console/support_text_test.cpp firmware/console/modem_view_test.cpp firmware/console/config_desk_test.cpp firmware/console/hardware_view_test.cpp
  DEPENDS firmware_console relay_base test_fakes)
