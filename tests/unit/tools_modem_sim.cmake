edge_unit_test(modem_sim_test
  SOURCES tools/modem_sim/submit_test.cpp tools/modem_sim/text_test.cpp tools/modem_sim/command_test.cpp
          tools/modem_sim/commands_test.cpp tools/modem_sim/sending_test.cpp tools/modem_sim/faults_test.cpp
          tools/modem_sim/inbound_test.cpp tools/modem_sim/restart_test.cpp tools/modem_sim/ledger_test.cpp
  DEPENDS modem_sim_model relay_base)
