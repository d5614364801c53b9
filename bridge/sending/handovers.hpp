#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "relay/http/server.hpp"
#include "relay/link/message_json.hpp"
#include "relay/outbox/outbox.hpp"

namespace bridge::sending {

/// What a box's message is in its tenant's outbox: events about it find the way back by this.
struct Origin {
  std::string box;
  std::string message;  ///< The box's id of it.
  int attempt = 0;      ///< The box's attempt that handed it over.
};
void set_origin(relay::Message& message, const Origin& origin);
[[nodiscard]] std::optional<Origin> origin_of(const relay::Message& message);
/// The answer to what cannot be said or taken just now: the box comes again, or goes on to its next provider.
/// `type` is one of relay/link/message_json.hpp's, or "under-way".
[[nodiscard]] relay::http::ServerResponse not_now(std::string_view type, std::string detail);
/// It has ended, and certainly nobody has a copy.
[[nodiscard]] bool ended_unsent(const relay::Message& message);

/// The two requests about a message (relay/link/message_json.hpp), for one tenant. A box's message has one entry in the
/// outbox however often it is handed over; only when that one has ended, certainly unsent, a later attempt of the box
/// makes another. Boxes of one name see nothing of another's.
class Handovers {
 public:
  struct Parts {
    relay::Runtime runtime;
    relay::outbox::Outbox& outbox;
    /// Why no provider would take it now; nothing: one may.
    std::function<std::optional<std::string>(const relay::Message&)> no_way_out;
    std::function<void(const relay::Message&)> on_taken;  ///< After the commit.
    std::int64_t max_queued = 0;
  };
  explicit Handovers(Parts parts) : parts_(std::move(parts)) {}

  /// 201 (taken), 200 (had it already, or has it still), 400, 409, 422, 503.
  [[nodiscard]] relay::Task<relay::http::ServerResponse> put(std::string box, std::string id, std::string body);
  /// 200; 404 is a promise: the box's attempts up to this one will never be taken. 503: ask again.
  [[nodiscard]] relay::Task<relay::http::ServerResponse> ask(std::string box, std::string id, int attempt);

 private:
  /// The newest of a message's entries.
  struct Known {
    int entries = 0;
    std::string content;                                 ///< Digest of what is said and to whom.
    std::optional<relay::outbox::MessageRecord> record;  ///< None with entries: it ended long ago.
  };
  [[nodiscard]] relay::Task<relay::Result<Known>> find(std::string key, relay::AppId app);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> take(Origin origin, relay::link::Handover handover);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> submit(Origin origin, relay::link::Handover handover,
                                                                std::string content, int entry);
  void fence(const std::string& key, int attempt);
  [[nodiscard]] bool is_fenced(const std::string& key, int attempt) const;

  struct Fence {
    int attempt = 0;
    relay::SteadyTime until{};
  };
  Parts parts_;
  std::set<std::string> under_way_;      ///< Keys that a put() is about.
  std::map<std::string, Fence> fences_;  ///< By key. In memory: a request that is under way dies with the process.
};

}  // namespace bridge::sending
