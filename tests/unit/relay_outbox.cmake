edge_unit_test(relay_outbox_test
  SOURCES
    relay/outbox/accept_test.cpp relay/outbox/channels_test.cpp relay/commit/commit_pacer_test.cpp relay/outbox/commit_queue_test.cpp
    relay/outbox/deliver_test.cpp relay/outbox/disk_world.cpp relay/outbox/full_disk_test.cpp relay/outbox/guard_test.cpp
    relay/outbox/keep_test.cpp relay/outbox/others_test.cpp
    relay/outbox/outbox_world.cpp relay/outbox/receipts_test.cpp relay/outbox/salvage_test.cpp relay/outbox/schema_test.cpp
    relay/outbox/store_thread_test.cpp relay/outbox/streams_test.cpp
  DEPENDS relay_outbox relay_commit relay_sqlite relay_config relay_message relay_base test_fakes sim_disk
  EXTERNAL PkgConfig::SQLITE)

# A runner of its own: it takes half a minute of processor time.
edge_unit_test(relay_outbox_storage_test
  SOURCES
    relay/outbox/disk_world.cpp relay/outbox/outbox_world.cpp relay/outbox/storage_loop_open_test.cpp
    relay/outbox/storage_loop_test.cpp
  DEPENDS relay_outbox relay_sqlite relay_config relay_message relay_base test_fakes sim_disk)
