edge_unit_test(relay_http_test
  SOURCES
    relay/http/body_source_test.cpp relay/http/chunk_framing_test.cpp relay/http/form_test.cpp relay/http/server_limits_test.cpp relay/http/server_test.cpp
  DEPENDS relay_http test_fakes)

# Real sockets on loopback.
edge_unit_test(relay_http_loopback_test
  SOURCES
    relay/http/certificates.cpp relay/http/curl_client_test.cpp relay/http/self_signed_test.cpp relay/http/socket_listener_test.cpp relay/http/tls_test.cpp
  DEPENDS relay_http test_fakes relay_base)
