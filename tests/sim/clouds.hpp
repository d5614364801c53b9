#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "relay/http/client.hpp"
#include "tests/sim/exchange.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/stream.hpp"

namespace sim {

class Boot;
class World;

/// How a provider behaves for a while.
enum class Health : std::uint8_t {
  well,
  refuses_connections,
  no_name,
  loses_before,  ///< The connection breaks before it took the message.
  loses_after,   ///< ... after.
  fails,         ///< 500; it may have taken the message.
  unavailable,   ///< 503; it took nothing.
  malformed,     ///< Took it, and answers 201 with something that is no JSON.
  truncated,     ///< Took it; the answer ends early.
  throttles,
  refuses_account,
  slow,
};
[[nodiscard]] std::string_view name_of(Health health);

/// The providers of the internet, and the way to them. Each keeps what it took; Twilio can be asked for it.
class Clouds {
 public:
  explicit Clouds(World& world);

  void begin(const relay::http::ClientRequest& request, const std::shared_ptr<Exchange>& exchange);
  /// The box's deadline for the exchange passed.
  void gave_up(const std::shared_ptr<Exchange>& exchange);

  void set_uplink(bool up);
  [[nodiscard]] bool uplink_up() const { return uplink_up_; }
  void set_health(const std::string& provider, Health health);
  /// Since when a message to it would be taken; nothing while it would not.
  [[nodiscard]] std::optional<WorldTime> well_since(const std::string& provider) const;
  void all_well();

  /// The process dies at the next message: when it arrives, when it is taken, or when the answer is on its way.
  enum class Moment : std::uint8_t { arrival, acceptance, answer };
  void lay_ambush(Moment moment, bool power);
  void opt_out(const std::string& number) { opted_out_.insert(number); }
  [[nodiscard]] bool is_opted_out(const std::string& number) const { return opted_out_.contains(number); }

  /// The box says that it opened the breaker of a provider: has that earned it?
  void check_breaker_opened(std::string_view provider);

 private:
  struct TwilioMessage {
    std::string sid;
    std::size_t item = 0;
    std::string to;
    std::string body;
    WorldTime created{};
    WorldTime delivered_at{};
    std::string last_status;  ///< "delivered", "undelivered", or "sent" for ever.
  };
  struct Result {
    int status = 201;
    std::string body;
    std::string retry_after;
    bool refused = false;  ///< Nothing was taken, and the answer says so.
    bool accepted = false;
    bool opted_out = false;  ///< ... because the recipient has.
  };
  struct Provider {
    Health health = Health::well;
    WorldTime well_since{};
    // What the box was told of it in this boot: the judge of its breaker.
    int boot = 0;
    int failures_in_a_row = 0;
    std::deque<bool> faults;
    std::optional<WorldTime> must_be_open_since;
    std::optional<WorldTime> last_probe;
    bool was_open = false;
  };

  void begin_send(const std::string& provider, const relay::http::ClientRequest& request,
                  const std::shared_ptr<Exchange>& exchange);
  /// `callback`: where Twilio shall tell what becomes of the message; empty: nowhere.
  void arrive(const std::string& provider, std::size_t send, const std::string& text, const std::string& callback,
              const std::shared_ptr<Exchange>& exchange);
  void answer(const std::string& provider, std::size_t send, Result result, relay::Millis delay,
              const std::shared_ptr<Exchange>& exchange, bool cut);
  void refuse_connection(std::size_t send, const std::shared_ptr<Exchange>& exchange, bool name);
  [[nodiscard]] Result decide(const std::string& provider, const std::string& to);
  [[nodiscard]] Result take(const std::string& provider, std::size_t send, const std::string& text,
                            const std::string& callback);
  void begin_question(const relay::http::ClientRequest& request, const std::shared_ptr<Exchange>& exchange);
  [[nodiscard]] std::string entry_json(TwilioMessage& message);
  /// What an answer, or the want of one, says of a provider.
  enum class Says : std::uint8_t { works, fails, refuses_us, nothing };
  void told(std::size_t send, const std::shared_ptr<Exchange>& exchange, Says says);
  void watch_probe(const std::string& provider, int boot);
  bool spring_ambush(Moment moment);

  World& world_;
  Stream stream_;
  bool uplink_up_ = true;
  WorldTime uplink_up_since_{};
  std::map<std::string, Provider, std::less<>> providers_;
  std::vector<TwilioMessage> twilio_messages_;
  std::set<std::string, std::less<>> opted_out_;
  struct Ambush {
    Moment moment;
    bool power;
  };
  std::optional<Ambush> ambush_;
};

}  // namespace sim
