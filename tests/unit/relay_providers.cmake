edge_unit_test(relay_providers_common_test
  SOURCES relay/providers/common/answer_test.cpp relay/providers/common/date_test.cpp relay/providers/common/exchange_test.cpp
          relay/providers/common/settings_test.cpp relay/providers/common/text_test.cpp
  DEPENDS relay_providers_common relay_config test_fakes)
edge_unit_test(relay_providers_aws_test
  SOURCES relay/providers/aws/aws_provider_test.cpp relay/providers/aws/aws_settings_test.cpp relay/providers/aws/eum_dialect_test.cpp
          relay/providers/aws/signature_test.cpp relay/providers/aws/sns_dialect_test.cpp relay/providers/aws/sns_test.cpp
          relay/providers/aws/social_dialect_test.cpp relay/providers/aws/sqs_test.cpp
  DEPENDS relay_providers_aws relay_config relay_crypto test_fakes)
edge_unit_test(relay_providers_twilio_test
  SOURCES relay/providers/twilio/dialect_test.cpp relay/providers/twilio/search_test.cpp relay/providers/twilio/status_test.cpp
          relay/providers/twilio/twilio_provider_test.cpp relay/providers/twilio/twilio_settings_test.cpp
          relay/providers/twilio/webhook_test.cpp relay/providers/twilio/whatsapp_test.cpp
  DEPENDS relay_providers_twilio relay_config relay_http test_fakes)
edge_unit_test(relay_providers_console_test
  SOURCES relay/providers/console/console_test.cpp
  DEPENDS relay_providers_console relay_config test_fakes)
edge_unit_test(relay_providers_demo_test
  SOURCES relay/providers/demo/demo_test.cpp
  DEPENDS relay_providers_demo relay_config test_fakes)
edge_unit_test(relay_providers_bridge_test
  SOURCES relay/providers/bridge/bridge_test.cpp
  DEPENDS relay_providers_bridge relay_config relay_link test_fakes
  EXTERNAL nlohmann_json::nlohmann_json)
