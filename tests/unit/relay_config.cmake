edge_unit_test(relay_config_test
  SOURCES relay/config/document_test.cpp relay/config/secret_test.cpp relay/config/values_test.cpp relay/config/render_test.cpp
  DEPENDS relay_config relay_base)
