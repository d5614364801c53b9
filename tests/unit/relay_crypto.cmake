edge_unit_test(relay_crypto_test
  SOURCES relay/crypto/certificate_test.cpp relay/crypto/digest_test.cpp relay/crypto/encoding_test.cpp relay/crypto/seal_test.cpp
  DEPENDS relay_crypto test_fakes)
