edge_unit_test(relay_crypto_test
  SOURCES relay/crypto/digest_test.cpp relay/crypto/encoding_test.cpp
  DEPENDS relay_crypto)
