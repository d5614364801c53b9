edge_unit_test(relay_sqlite_test
  SOURCES relay/sqlite/database_test.cpp
  DEPENDS relay_sqlite relay_base)
