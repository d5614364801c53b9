edge_unit_test(firmware_api_test
  SOURCES firmware/api/alarms_test.cpp firmware/api/api_test.cpp firmware/api/webhooks_test.cpp
  DEPENDS firmware_api relay_admission relay_crypto relay_dispatch relay_events relay_http relay_outbox relay_message relay_base test_fakes
  EXTERNAL nlohmann_json::nlohmann_json)
