edge_unit_test(relay_message_test
  SOURCES relay/message/gsm7_test.cpp relay/message/sms_text_test.cpp relay/message/utf8_test.cpp
          relay/message/grapheme_test.cpp relay/message/message_id_test.cpp relay/message/vocabulary_test.cpp
          relay/message/transitions_test.cpp
  DEPENDS relay_base relay_message test_fakes)
