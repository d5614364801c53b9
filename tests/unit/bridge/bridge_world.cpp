#include "tests/unit/bridge/bridge_world.hpp"

#include <filesystem>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

#include "bridge/store/postgresql_store.hpp"
#include "bridge/store/sqlite_store.hpp"
#include "tests/unit/bridge/private_postgresql.hpp"

namespace bridge_test {

using namespace bridge;

BridgeWorld::BridgeWorld(Database database) {
  if (database == Database::postgresql) url = new_schema();
  std::string name = (std::filesystem::temp_directory_path() / "bridge-XXXXXX").string();
  folder = mkdtemp(name.data());
}

BridgeWorld::~BridgeWorld() {
  kill();
  std::filesystem::remove_all(folder);
}

void BridgeWorld::kill() {
  directory.reset();
  store.reset();
}

relay::Result<bool> BridgeWorld::load(const char* key, const char* previous) {
  kill();
  auto opened = url.empty()
                    ? store::open_sqlite(world.runtime(), {.path = folder + "/bridge.db"}, store::StoreThread::loop)
                    : store::open_postgresql(world.runtime(), url, store::StoreThread::loop);
  if (!opened) return std::unexpected(opened.error());
  store = std::move(*opened);
  auto vault = tenants::Vault::make(key, previous);
  if (!vault) return std::unexpected(vault.error());
  directory = std::make_unique<tenants::Directory>(world.runtime(), *store, std::move(*vault));
  return run(directory->load());
}

void BridgeWorld::open(const char* key, const char* previous) {
  const auto loaded = load(key, previous);
  if (!loaded) FAIL(loaded.error().message.c_str());
}

void BridgeWorld::add_box(const std::string& tenant, const std::string& box) {
  if (directory->tenant(tenant) == nullptr) CHECK(run(directory->add_tenant(tenant, false, "test")).has_value());
  CHECK(run(directory->invite(tenant, box, "test")).has_value());
}

store::NewEvent BridgeWorld::event(std::string fingerprint, std::string tenant, std::string box) {
  return {.tenant = std::move(tenant),
          .box = std::move(box),
          .fingerprint = std::move(fingerprint),
          .ours = "+15550001111",
          .type = "inbound",
          .data = R"({"kind":"inbound"})",
          .at = world.clock.wall()};
}

store::Kept BridgeWorld::keep(store::NewEvent event) {
  std::vector<store::NewEvent> events;
  events.push_back(std::move(event));
  auto kept = run(store->keep(std::move(events)));
  if (!kept) FAIL(kept.error().message.c_str());
  return *kept;
}

std::vector<store::StoredEvent> BridgeWorld::waiting(std::string tenant, std::string box, std::int64_t after) {
  return run(store->waiting(std::move(tenant), std::move(box), after, 100)).value();
}

}  // namespace bridge_test
