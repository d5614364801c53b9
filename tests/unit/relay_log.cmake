edge_unit_test(relay_log_test
  SOURCES relay/log/rate_limit_test.cpp relay/log/spdlog_log_test.cpp
  DEPENDS relay_log relay_config relay_base)
