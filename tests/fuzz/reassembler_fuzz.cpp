// Parts of long messages in any order, at any time. Input: octets of operations (see `step`).
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "firmware/modem/tpdu/reassembler.hpp"
#include "relay/message/sms_text.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using relay::Millis;
using relay::TimelineTime;

constexpr int max_steps = 400;

/// What was put in, and what became of it: the oracle, which never asks the reassembler.
class Ledger {
 public:
  std::int64_t put(const tpdu::InboundPart& part) {
    given_[part.tag] = part;
    return part.tag;
  }
  void forget(std::int64_t tag) { given_.erase(tag); }  ///< It was a repetition: nothing to keep.

  void take(const tpdu::InboundMessage& message) {
    require(relay::decode_utf8(message.text).has_value(), "a message is UTF-8");
    require(message.complete == message.missing.empty(), "complete is what misses nothing");
    require(!message.tags.empty(), "a message has parts");
    require(std::ranges::is_sorted(message.missing), "missing parts are in order");
    std::vector<std::u32string> texts;
    int last_seq = 0;
    for (const std::int64_t tag : message.tags) {
      const auto part = given_.find(tag);
      require(part != given_.end(), "no part is given twice, and none that never came");
      require(part->second.sender == message.sender, "a message is of one sender");
      const auto& concat = part->second.concatenation;
      require(!concat || concat->seq > last_seq, "parts stand in order");
      const auto total = concat ? static_cast<std::size_t>(concat->total) : 1;
      require(message.tags.size() + message.missing.size() == total, "each part is there or missing");
      if (concat) last_seq = concat->seq;
      texts.push_back(part->second.text);
      given_.erase(part);
    }
    if (message.complete)
      require(message.text == relay::encode_utf8(tpdu::join_parts(texts)), "a message is its parts");
  }
  [[nodiscard]] bool empty() const { return given_.empty(); }

 private:
  std::map<std::int64_t, tpdu::InboundPart> given_;  ///< Kept, and not yet given back.
};

class World {
 public:
  explicit World(tpdu::Reassembler::Limits limits) : limits_(limits), reassembler_(limits) {}

  void step(fuzz::Input& input) {
    switch (input.below(8)) {
      case 0:
        now_ += Millis{std::int64_t{input.octet()} * 60'000};
        break;
      case 1:
        now_ += Millis{std::int64_t{input.octet()} * 3'600'000};
        break;
      case 2:
        expire();
        break;
      case 3:
        add({.sender = sender(input), .concatenation = std::nullopt, .text = text(input), .tag = next_tag_++});
        break;
      default:
        add(concatenated(input));
    }
    require(reassembler_.open_sets() <= limits_.open_sets, "open sets are bounded");
  }

  /// In the end every part that was kept has been given back once.
  void finish() {
    now_ += limits_.set_timeout + Millis{1};
    expire();
    require(reassembler_.open_sets() == 0 && !reassembler_.next_expiry(), "everything runs out of time");
    require(ledger_.empty(), "no part is lost");
  }

 private:
  static std::string sender(fuzz::Input& input) { return "+35840" + std::to_string(input.below(6)); }
  static std::u32string text(fuzz::Input& input) {
    std::u32string out;
    // Halves of surrogate pairs among them: a pair may be torn between two parts.
    static constexpr std::u32string_view letters{U"abc \u00e4\u20ac\x1F600\xD83D\xDE00\xDE00", 10};
    for (auto left = input.below(4); left > 0; --left) out += letters[input.below(letters.size())];
    return out;
  }
  tpdu::InboundPart concatenated(fuzz::Input& input) {
    tpdu::InboundPart part{
        .sender = sender(input), .concatenation = tpdu::Concatenation{}, .text = {}, .tag = next_tag_++};
    auto& concat = *part.concatenation;
    concat.ref_bits = input.below(2) == 0 ? 8 : 16;
    concat.ref = static_cast<int>(input.below(4));
    concat.total = input.below(16) == 0 ? 255 : 1 + static_cast<int>(input.below(4));
    concat.seq = 1 + static_cast<int>(input.below(static_cast<std::size_t>(concat.total)));
    part.text = text(input);
    return part;
  }

  void add(tpdu::InboundPart part) {
    const auto tag = ledger_.put(part);
    const auto added = reassembler_.add(std::move(part), now_);
    if (added.repeated) ledger_.forget(tag);
    require(!added.repeated || added.messages.empty(), "a repetition brings nothing");
    for (const auto& message : added.messages) ledger_.take(message);
  }
  void expire() {
    for (const auto& message : reassembler_.expire(now_)) ledger_.take(message);
    const auto next = reassembler_.next_expiry();
    require(!next || *next > now_, "nothing overdue is kept");
  }

  tpdu::Reassembler::Limits limits_;
  tpdu::Reassembler reassembler_;
  Ledger ledger_;
  TimelineTime now_{Millis{1'000'000}};
  std::int64_t next_tag_ = 1;
};

void run(std::string_view bytes) {
  fuzz::Input input(bytes);
  tpdu::Reassembler::Limits limits;
  if (input.below(2) == 0) {
    limits.open_sets = 1 + input.below(4);
    limits.closed_sets = 1 + input.below(6);
  }
  World world(limits);
  for (int steps = 0; steps < max_steps && !input.empty(); ++steps) world.step(input);
  world.finish();
}

/// operation 4: sender, bits, reference, 1 (not 255 parts), total-1, seq-1, letters...
std::string part(char sender, char reference, char total, char seq) {
  return {4, sender, 0, reference, 1, static_cast<char>(total - 1), static_cast<char>(seq - 1), 2, seq, 6};
}

fuzz::Seeds seeds() {
  const std::string roomy{1};
  const std::string narrow{0, 1, 1};
  const std::string hours{1, 25, 2};
  const std::string both = part(0, 1, 2, 1) + part(0, 1, 2, 2);
  return {roomy + both,
          narrow + both,
          roomy + part(0, 1, 3, 3) + part(0, 1, 3, 1) + hours + part(0, 1, 3, 2),
          roomy + both + both,
          roomy + both + hours + both,
          narrow + part(0, 1, 2, 1) + part(1, 1, 2, 1) + part(2, 1, 2, 1) + part(3, 1, 2, 1) + part(0, 1, 2, 2),
          roomy + part(0, 1, 2, 1) + std::string{0, 11} + part(0, 1, 2, 1),
          roomy + std::string{3, 1, 2, 8, 9}};
}

const fuzz::Registration registration{{"reassembler", &run, &seeds}};

}  // namespace
