#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/chain/breaker.hpp"
#include "relay/chain/token_bucket.hpp"
#include "relay/message/vocabulary.hpp"

namespace relay::chain {

using ProviderIndex = std::size_t;

/// A set of providers as bits; a chain has at most 32 (checked at start).
using ProviderSet = std::uint32_t;
inline constexpr std::size_t max_providers = 32;
[[nodiscard]] constexpr ProviderSet only(ProviderIndex index) { return ProviderSet{1} << index; }

/// What the chain knows of one provider, fixed at start.
struct LinkSettings {
  std::string name;
  Channel channel = Channel::sms;
  bool needs_uplink = true;
  int max_in_flight = 1;       ///< Concurrent attempts, until set_capacity().
  double rate_per_second = 0;  ///< 0: no bound
  BreakerSettings breaker;
};

/// Why a provider is passed over now.
enum class Obstacle : std::uint8_t {
  none,
  excluded,
  disabled,
  uplink_down,
  breaker_open,
  not_ready,
  throttled,
  busy,
  rate
};
[[nodiscard]] std::string_view name_of(Obstacle obstacle);

/// The answer to "which provider now?".
struct Choice {
  enum class Kind : std::uint8_t {
    provider,  ///< `index` takes it now.
    wait,  ///< The right one is only busy, throttled or at its rate: ask again at `retry_at` or when an attempt ends.
    no_path,    ///< Providers are left, but each is down: ask again when something changes (or at `retry_at`, a probe).
    exhausted,  ///< Every provider of the channel is excluded for this message.
  };
  Kind kind = Kind::exhausted;
  ProviderIndex index = 0;
  SteadyTime retry_at = SteadyTime::max();
};

/// The ordered chain of one box, all channels. Pure: no IO, no clock. One attempt is begin() .. end() or abandon().
class Chain {
 public:
  explicit Chain(std::vector<LinkSettings> links);

  struct Ask {
    Channel channel = Channel::sms;
    MessageClass message_class = MessageClass::info;
    ProviderSet excluded = 0;     ///< Refused this message, or tried in this pass.
    std::optional<Channel> then;  ///< The message's fallback: its providers come after those of `channel`.
    int draw = 0;                 ///< 0..99, always the same for a message: whether a leader with a share leads it.
  };
  [[nodiscard]] Choice choose(const Ask& ask, SteadyTime now) const;

  void begin(ProviderIndex index, SteadyTime now, bool& probe);
  struct Change {
    bool opened = false;
    bool closed = false;
  };
  Change end(ProviderIndex index, bool probe, Outcome outcome, SteadyTime now);
  void abandon(ProviderIndex index, bool probe);

  void set_uplink(bool up) { uplink_up_ = up; }
  [[nodiscard]] bool uplink() const { return uplink_up_; }
  void set_ready(ProviderIndex index, bool ready) { links_[index].ready = ready; }
  /// Concurrent attempts from now on; those under way go on. At least 1.
  void set_capacity(ProviderIndex index, int attempts) { links_[index].capacity = attempts; }
  /// An operator's order: nothing by this provider, probes included, until it is enabled again.
  void set_enabled(ProviderIndex index, bool enabled) { links_[index].enabled = enabled; }
  [[nodiscard]] bool enabled(ProviderIndex index) const { return links_[index].enabled; }
  /// throttled: nothing more to this provider until then.
  void hold(ProviderIndex index, SteadyTime until);
  void reset_breaker(ProviderIndex index) { links_[index].breaker.reset(); }

  /// Providers of a channel that are not excluded: is anything left to try, now or later?
  [[nodiscard]] bool any_left(const Ask& ask) const;
  /// All of a channel.
  [[nodiscard]] ProviderSet all_of(Channel channel) const;
  /// Is some provider of the channel not down (busy counts as up, a breaker that is not closed as down)?
  [[nodiscard]] bool has_path(Channel channel, SteadyTime now) const;
  /// The provider that is asked first when all is well.
  [[nodiscard]] std::optional<ProviderIndex> primary(const Ask& ask) const;

  /// Who goes before the settings' order, for so many of a hundred messages.
  struct Leader {
    ProviderIndex index = 0;
    int percent = 100;
  };
  /// Nothing: the settings' order alone. Attempts under way are not touched.
  void set_leader(Channel channel, std::optional<Leader> leader) {
    leaders_[static_cast<std::size_t>(channel)] = leader;
  }

  [[nodiscard]] std::size_t size() const { return links_.size(); }
  [[nodiscard]] const LinkSettings& settings(ProviderIndex index) const { return links_[index].settings; }
  [[nodiscard]] const Breaker& breaker(ProviderIndex index) const { return links_[index].breaker; }
  [[nodiscard]] int in_flight(ProviderIndex index) const { return links_[index].in_flight; }
  [[nodiscard]] std::optional<ProviderIndex> find(std::string_view name) const;
  /// Why this provider would be passed over by an ordinary message now.
  [[nodiscard]] Obstacle obstacle(ProviderIndex index, SteadyTime now) const;

 private:
  struct Link {
    explicit Link(LinkSettings s);
    LinkSettings settings;
    Breaker breaker;
    TokenBucket rate;
    int capacity;  ///< At first max_in_flight.
    int in_flight = 0;
    bool ready = true;
    bool enabled = true;
    SteadyTime held_until = SteadyTime::min();
  };
  [[nodiscard]] Obstacle obstacle(const Link& link, MessageClass message_class, SteadyTime now) const;
  [[nodiscard]] Choice choose_in(Channel channel, const Ask& ask, SteadyTime now) const;
  /// Looks at one provider. True: the search ends with `choice`.
  bool look_at(ProviderIndex index, const Ask& ask, SteadyTime now, Choice& choice) const;
  [[nodiscard]] std::optional<ProviderIndex> leader_of(Channel channel, int draw) const;

  std::vector<Link> links_;
  bool uplink_up_ = true;
  std::array<std::optional<Leader>, 3> leaders_;  ///< By channel.
};

}  // namespace relay::chain
