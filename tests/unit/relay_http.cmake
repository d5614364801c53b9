edge_unit_test(relay_http_test
  SOURCES
    relay/http/form_test.cpp
  DEPENDS relay_http test_fakes)
