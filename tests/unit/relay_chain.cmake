edge_unit_test(relay_chain_test
  SOURCES relay/chain/breaker_test.cpp relay/chain/chain_test.cpp relay/chain/channels_test.cpp relay/chain/token_bucket_test.cpp
  DEPENDS relay_chain relay_message relay_base)
