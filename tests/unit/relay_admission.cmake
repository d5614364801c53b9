edge_unit_test(relay_admission_test
  SOURCES relay/admission/admission_test.cpp relay/admission/channels_test.cpp relay/admission/number_test.cpp relay/admission/opt_out_words_test.cpp
  DEPENDS relay_admission relay_config relay_message relay_base test_fakes)
