#include "tests/sim/correspondents.hpp"

#include <algorithm>

#include "relay/base/concat.hpp"
#include "tests/sim/world.hpp"
#include "tools/modem-sim/model/network_pdu.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using std::chrono::minutes;

constexpr int enough_recipients_for_a_stop = 4;
constexpr std::size_t long_text = 220;  // two parts

}  // namespace

Correspondents::Correspondents(World& world) : world_(world), stream_(world.options.seed, "correspondents") {}

void Correspondents::start() {
  if (world_.options.uses("modem-main")) keep_writing();
}

void Correspondents::keep_writing() {
  world_.after(stream_.about(world_.options.between_letters), [this] {
    if (finished_) return;
    const auto one = somebody();
    const auto other = somebody();
    const bool two = world_.options.has(FaultClass::odd_inbound) && other != one && stream_.chance(0.3);
    if (two) {
      world_.hit("fault.odd_inbound");
      references_[one] = references_[other] = std::max(references_[one], references_[other]);
      write(other);
    }
    write(one);
    if (stream_.chance(0.03)) write_stop();
    keep_writing();
  });
}

std::string Correspondents::somebody() {
  if (stream_.chance(0.5)) return concat(number_prefix, 3'000'000 + stream_.between(0, 49));
  return concat(number_prefix, 1'000'000 + stream_.between(0, world_.options.recipients - 1) * 1'117);
}

void Correspondents::write(const std::string& from) {
  std::string text = concat("letter ", ++letters_, " ", text_mark);
  if (stream_.chance(0.2)) text += " \xd0\xbd\xd0\xb5\xd1\x82";  // UCS-2
  const bool is_long = stream_.chance(0.4);
  while (is_long && text.size() < long_text) text += concat(" and ", letters_);
  send(from, text, ++references_[from] % 256);
}

void Correspondents::write_stop() {
  if (!stopped_.empty() || world_.options.recipients < enough_recipients_for_a_stop) return;
  stopped_ = concat(number_prefix, 1'000'000);
  world_.hit("letter.stop");
  send(stopped_, "STOP", 0);
}

void Correspondents::send(const std::string& from, const std::string& text, int reference) {
  const auto parts = modem_sim::encode_deliver(
      {.from = from, .text = text, .message_class = std::nullopt, .concatenation_reference = reference},
      "+358500000000", world_.true_wall());
  if (!parts) return world_.violate("world", parts.error().message);
  world_.ledger.letters.push_back(
      {.from = from, .text = text, .at = world_.now(), .time_leaps_before = world_.box.time_leaps()});
  world_.note("letter", concat(from, " ", text.substr(0, 20), " in ", parts->size()));
  world_.hit(parts->size() > 1 ? "letter.parts" : "letter.whole");
  const bool odd = world_.options.has(FaultClass::odd_inbound);
  ModemSite& modem = world_.some_modem(stream_);  // they write to one number
  Millis at{0};
  for (const auto& part : *parts) {
    at = odd ? stream_.between(Millis{0}, Millis{6'000}) : at + stream_.between(Millis{1}, Millis{2'000});
    world_.after(at, [&modem, hex = part.hex] { modem.receive(hex); });
    if (!odd || !stream_.chance(0.2)) continue;
    world_.hit("letter.repeated");  // the network did not hear that the modem had it
    world_.after(at + stream_.between(Millis{100}, Millis{minutes{10}}),
                 [&modem, hex = part.hex] { modem.receive(hex); });
  }
}

}  // namespace sim
