edge_unit_test(firmware_modem_tpdu_test
  SOURCES firmware/modem/tpdu/septets_test.cpp firmware/modem/tpdu/national_tables_test.cpp
          firmware/modem/tpdu/values_test.cpp firmware/modem/tpdu/decode_test.cpp firmware/modem/tpdu/submit_test.cpp
          firmware/modem/tpdu/coded_text_test.cpp
          firmware/modem/tpdu/reassembler_test.cpp tools/tpdu/lines_test.cpp
  DEPENDS relay_base relay_message firmware_modem_tpdu tools_tpdu test_fakes
  EXTERNAL nlohmann_json::nlohmann_json)
