edge_unit_test(firmware_modem_at_test
  SOURCES firmware/modem/at_receiver_test.cpp firmware/modem/at_answers_test.cpp firmware/modem/at_exchange_test.cpp
  DEPENDS firmware_modem_at relay_base relay_message)
edge_unit_test(firmware_modem_test
  SOURCES firmware/modem/modem_provider_test.cpp firmware/modem/mailbox_test.cpp firmware/modem/report_desk_test.cpp
          firmware/modem/recovery_ladder_test.cpp firmware/modem/explain_test.cpp firmware/modem/sending_health_test.cpp
          firmware/modem/unsettled_test.cpp firmware/modem/hangs_test.cpp firmware/modem/pin_test.cpp
          firmware/modem/proof_of_sending_test.cpp firmware/modem/settling_test.cpp
          firmware/modem/errands_test.cpp firmware/modem/modem_pool_test.cpp firmware/modem/send_pace_test.cpp
  DEPENDS firmware_modem hal_sim modem_sim_model relay_base relay_message test_fakes)
edge_unit_test(firmware_modem_profiles_test
  SOURCES firmware/modem/profile_library_test.cpp
  DEPENDS firmware_modem_profiles relay_config relay_base)
