edge_unit_test(bridge_test
  SOURCES
    bridge/bridge_world.cpp bridge/private_postgresql.cpp bridge/api/admin_test.cpp bridge/link/link_test.cpp bridge/store/contract_test.cpp
    bridge/store/postgresql_test.cpp bridge/sending/sending_test.cpp bridge/tenants/directory_test.cpp bridge/webhooks/webhooks_test.cpp
  DEPENDS bridge_api bridge_link bridge_sending bridge_store bridge_tenants bridge_webhooks relay_commit relay_crypto relay_http relay_link
    relay_outbox relay_providers_twilio
    test_fakes
  EXTERNAL nlohmann_json::nlohmann_json)
target_compile_definitions(bridge_test PRIVATE PRIVATE_POSTGRESQL="${CMAKE_SOURCE_DIR}/tests/fakes/private-postgresql")
