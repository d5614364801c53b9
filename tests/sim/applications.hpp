#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/http_call.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/stream.hpp"

namespace sim {

class World;

/// The programs on the LAN: they submit, lose answers, repeat with the same key, ask, cancel, and are unkind at times.
class Applications {
 public:
  explicit Applications(World& world);

  void register_all();
  void start();
  /// No further submissions; those under way are brought to an end.
  void finish();
  /// Well after the last fault: three messages, of which the last must leave by the first provider (I7).
  void check_recovery();
  void flood();
  void misbehave();
  void cancel_one();
  /// Holds a connection open and says nothing, or half a request: the box must end it (I18).
  void loiter();
  /// An alarm, an otp, ... of one application, now.
  std::size_t submit_new(int app, std::optional<relay::MessageClass> message_class = std::nullopt,
                         std::string number = {});

 private:
  struct Application {
    std::string name;
    std::string key;
    int submissions = 0;
  };
  using Done = HttpCall::Done;
  /// One request on a connection of its own; `done` gets nothing when no whole answer came.
  void request(const std::string& text, bool admin, Done done);
  void register_one(std::size_t index, int tries);
  void keep_submitting(int app);
  void attempt(std::size_t submission);
  void take_answer(std::size_t submission, std::optional<HttpAnswer> answer, bool lost);
  void acknowledge(std::size_t submission, const HttpAnswer& answer);
  void try_again(std::size_t submission, relay::Millis pause);
  void ask_about(std::size_t item);
  void keep_reading_letters();
  void read_letters(const std::string& after);
  [[nodiscard]] std::string head(std::string_view method, const std::string& path, int app, const std::string& key,
                                 std::size_t length) const;
  [[nodiscard]] std::string text_of(const std::string& token, int parts);
  [[nodiscard]] std::string recipient();
  void keep_contest_full(int app);

  World& world_;
  Stream stream_;
  std::vector<Application> apps_;
  std::vector<std::string> numbers_;
  int tokens_ = 0;
  std::string letters_after_ = "0";  ///< Cursor of GET /v1/inbound.
  bool finished_ = false;
};

}  // namespace sim
