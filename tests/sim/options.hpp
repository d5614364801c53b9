#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/time.hpp"
#include "relay/config/document.hpp"

namespace sim {

/// What may go wrong in a run: each class is drawn on or off per seed (simulation.md 4).
enum class FaultClass : std::uint8_t {
  power_cut,
  kill,
  restart,           ///< An orderly stop, as for an update.
  death_in_storage,  ///< The process dies inside a storage operation.
  death_at_send,     ///< The process dies just as a provider gets a message, or takes it.
  disk_errors,
  disk_full,
  slow_disk,
  provider_down,
  provider_errors,  ///< 5xx, malformed and truncated answers
  provider_throttles,
  provider_refuses_account,  ///< Wrong credentials, an account suspended
  provider_loses,            ///< The connection breaks before or after the provider took the message.
  provider_slow,
  uplink_down,
  bad_recipients,  ///< Numbers that no provider takes, and people who say STOP
  modem_line,      ///< Lost prompts and answers, garbage, echo, storms
  modem_device,    ///< Hangs, restarts, unplugs
  modem_network,   ///< Registration lost, sends refused, SIM busy or full
  odd_reports,     ///< Delivery reports before the answer, twice, or saying failed
  clock_jumps,
  no_clock_at_boot,
  app_retries,  ///< Applications lose answers and repeat, with the same key
  app_misuse,   ///< The same key for another payload; garbage instead of requests
  app_floods,
  cancellations,
  receiver_down,
  receiver_slow,
  reload,       ///< SIGHUP
  odd_inbound,  ///< Parts out of order, twice, and under another sender's reference
  bridge_dies,
  odd_webhooks,  ///< Calls of the bridge that come twice or late, and answers of the bridge that are lost
};
inline constexpr std::size_t fault_class_count = 32;
[[nodiscard]] std::string_view name_of(FaultClass fault);
[[nodiscard]] std::optional<FaultClass> fault_class_of(std::string_view name);

using FaultClasses = std::bitset<fault_class_count>;

/// All that is drawn once for a run. Everything else follows from it and the seed.
struct Options {
  std::uint64_t seed = 1;
  relay::Millis duration{std::chrono::hours{24}};
  FaultClasses faults;

  int apps = 2;
  std::array<int, 4> weights{1, 1, 1, 1};
  relay::Millis between_submissions{};  ///< Mean, per application.
  int recipients = 10;
  std::vector<std::string> chain;  ///< "aws-main", "twilio-main", "modem-main", or some of them, in order.
  bool uplink_watched = true;
  int commit_rate = 12;
  relay::Millis between_faults{};  ///< Mean, per class of fault.
  relay::WallTime wall_at_start{};
  relay::Millis history{std::chrono::hours{24 * 30}};  ///< How long the box keeps what is over.
  int app_places = 1000;                               ///< Messages of one application that may wait on the box.
  std::array<int, 4> daily_limits{};                   ///< Parts a day, by application; 0: none. Never of the first.
  bool references_restart = false;                     ///< The modem's TP-MR, at each of its restarts.
  relay::Millis between_letters{};                     ///< Mean, of all who write to the box's number.
  std::size_t modems = 1;                              ///< Behind "modem-main", where that is used; two are a pool.
  bool sticky_pool = false;
  bool canaries = false;  ///< Every two hours without a message that went out, a modem sends one to `canary_number`.
  bool asks_balance = false;
  bool flood_contest = false;             ///< Two applications keep the queue full behind one slow provider (I16).
  relay::Millis contest_joined_after{0};  ///< The second one is idle for so long.
  bool bridge = false;                    ///< Twilio calls a bridge, and the box is linked to it.

  [[nodiscard]] bool uses(std::string_view provider) const { return std::ranges::find(chain, provider) != chain.end(); }
  [[nodiscard]] bool has(FaultClass fault) const { return faults.test(static_cast<std::size_t>(fault)); }
};

/// What the command line may fix.
struct Wishes {
  std::uint64_t seed = 1;
  relay::Millis duration{std::chrono::hours{24}};
  std::optional<FaultClasses> only;  ///< Instead of what is drawn.
  FaultClasses without;
};

[[nodiscard]] Options draw(const Wishes& wishes);
[[nodiscard]] std::string describe(const Options& options);
/// What stands in the settings file of the box in this run; `enrolment_code` where there is a bridge.
[[nodiscard]] relay::Result<relay::config::Document> settings_of(const Options& options,
                                                                 const std::string& enrolment_code = {});

/// "power_cut,kill", "all" or "none". Errors: invalid_argument.
[[nodiscard]] relay::Result<FaultClasses> parse_faults(std::string_view text);

// Marks that must never show in a log line (I19): every text and every secret of the world holds one.
inline constexpr std::string_view text_mark = "%BODY%";
inline constexpr std::string_view secret_mark = "SEKRET";
inline constexpr std::string_view secret_mark_base64 = "U0VLUkVU";  ///< As the settings spell a webhook secret.
inline constexpr std::string_view twilio_account = "AC0123456789abcdef0123456789abcdef";
inline constexpr std::string_view twilio_token = "SEKRETtwilio";
inline constexpr std::string_view canary_number = "+358509990000";
inline constexpr std::string_view number_prefix =
    "+35840";  ///< Of every recipient; nine digits in all follow the plus.

}  // namespace sim
