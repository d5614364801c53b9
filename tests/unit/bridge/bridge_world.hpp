#pragma once

#include <memory>
#include <string>

#include "bridge/api/admin.hpp"
#include "bridge/link/link.hpp"
#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace bridge_test {

inline constexpr const char* master = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
inline constexpr const char* other_master = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
inline constexpr const char* account = "AC0123456789abcdef0123456789abcdef";
inline constexpr const char* topic = "arn:aws:sns:eu-west-1:123456789012:sms-events";

enum class Database : std::uint8_t { sqlite, postgresql };

/// A bridge without its sockets, on a file (or, of PostgreSQL, a schema) of its own, in virtual time.
class BridgeWorld {
 public:
  explicit BridgeWorld(Database database = Database::sqlite);
  ~BridgeWorld();

  /// Opens (again), with a directory under this master key.
  void open(const char* key = master, const char* previous = "");
  /// As a killed process.
  void kill();
  [[nodiscard]] relay::Result<bool> load(const char* key, const char* previous);

  template <class T>
  T run(relay::Task<T> task) {
    return world.run(std::move(task));
  }
  void add_box(const std::string& tenant, const std::string& box);
  bridge::store::NewEvent event(std::string fingerprint, std::string tenant = "acme", std::string box = "b1");
  bridge::store::Kept keep(bridge::store::NewEvent event);
  std::vector<bridge::store::StoredEvent> waiting(std::string tenant = "acme", std::string box = "b1",
                                                  std::int64_t after = 0);

  fakes::VirtualRuntime world;
  std::string folder;
  std::string url;  ///< Of PostgreSQL.
  std::unique_ptr<bridge::store::Store> store;
  std::unique_ptr<bridge::tenants::Directory> directory;
};

}  // namespace bridge_test
