#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/api/failure_limit.hpp"
#include "relay/base/task.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware::api {

/// The applications and their API keys. A key is "er_" and 256 random bits; the store holds its SHA-256 only (with that
/// much entropy a plain digest is enough: security.md 4), so a key is shown once, when it is made. Held in memory:
/// checking one touches no disk.
class KeyRing {
 public:
  KeyRing(relay::Runtime runtime, relay::outbox::Outbox& outbox) : runtime_(runtime), outbox_(outbox) {}

  [[nodiscard]] relay::Task<relay::Result<bool>> load();

  struct NewKey {
    relay::outbox::Application application;
    std::string key;
  };
  /// Errors: invalid_argument (name), conflict (name in use).
  [[nodiscard]] relay::Task<relay::Result<NewKey>> add(std::string name, relay::MessageClass default_class, int weight,
                                                       std::int64_t daily_limit = 0);
  [[nodiscard]] relay::Task<relay::Result<bool>> revoke(std::string name);
  /// Message parts per day, 0: no limit. Errors: invalid_argument, not_found.
  [[nodiscard]] relay::Task<relay::Result<bool>> set_daily_limit(std::string name, std::int64_t daily_limit);
  [[nodiscard]] const std::vector<relay::outbox::Application>& applications() const { return applications_; }
  /// False once its key is revoked.
  [[nodiscard]] bool in_use(relay::AppId app) const;

  struct Verdict {
    enum class Kind : std::uint8_t { granted, refused, too_many_failures };
    Kind kind = Kind::refused;
    const relay::outbox::Application* application = nullptr;
  };
  /// `authorization` is the header's value. Ten failures of a peer within a minute close the door to it for the rest of
  /// the minute.
  [[nodiscard]] Verdict check(std::string_view authorization, const std::string& peer);

 private:
  void index();

  relay::Runtime runtime_;
  relay::outbox::Outbox& outbox_;
  std::vector<relay::outbox::Application> applications_;
  std::map<std::array<std::byte, 32>, std::size_t> by_hash_;  ///< Only keys that are not revoked.
  relay::api::FailureLimit failures_;
};

}  // namespace firmware::api
