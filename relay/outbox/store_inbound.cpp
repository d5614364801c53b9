#include "relay/base/planted_fault.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

/// Inbound messages, and parts of those that are not complete.
namespace relay::outbox {

using sqlite::Query;

namespace {

constexpr int max_recalled_parts = 4096;

std::optional<std::span<const std::byte>> blob_or_null(const std::optional<std::string>& data) {
  if (!data) return std::nullopt;
  return std::as_bytes(std::span{*data});
}

std::string bytes_of(std::span<const std::byte> blob) {
  std::string bytes;
  for (const std::byte b : blob) bytes.push_back(static_cast<char>(b));
  return bytes;
}

InboundMessage inbound_from(const Query& q) {
  InboundMessage m;
  m.id = q.integer(0);
  m.provider = q.text(1);
  m.from = q.text(2);
  m.to = q.text(3);
  m.text = q.text(4);
  m.received_at = from_ms<WallTime>(q.integer(5));
  if (!q.is_null(6)) m.sent_at = from_ms<WallTime>(q.integer(6));
  m.fingerprint = q.text(7);
  if (!q.is_null(8)) m.data = bytes_of(q.blob(8));
  if (!q.is_null(9))
    m.ports = InboundPorts{.destination = static_cast<int>(q.integer(9)), .source = static_cast<int>(q.integer(10))};
  if (!q.is_null(11)) m.message_class = static_cast<int>(q.integer(11));
  return m;
}

}  // namespace

Result<bool> Store::store_inbound(const InboundMessage& message, Moment now) {
  const auto sent_at = message.sent_at ? std::optional(to_ms(*message.sent_at)) : std::nullopt;
  const auto ports = message.ports.value_or(InboundPorts{});
  const auto added =
      Query(database_,
            "INSERT INTO inbound (provider, sender, recipient, text, received_at, sent_at, fingerprint, added, data, "
            "destination_port, source_port, class) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT "
            "(fingerprint) DO NOTHING")
          .bind(message.provider, message.from, message.to, message.text, to_ms(message.received_at), sent_at,
                or_null(message.fingerprint), to_ms(now.timeline), blob_or_null(message.data),
                message.ports ? std::optional(ports.destination) : std::nullopt,
                message.ports ? std::optional(ports.source) : std::nullopt, message.message_class)
          .run();
  if (!added) return std::unexpected(added.error());
  for (const auto& part : message.parts) {
    const auto done = Query(database_,
                            "INSERT INTO inbound_parts (provider, fingerprint, pdu, added) VALUES (?, ?, '', ?) ON "
                            "CONFLICT (fingerprint) DO UPDATE SET pdu = ''")
                          .bind(message.provider, part, to_ms(now.timeline))
                          .run();
    if (!done) return std::unexpected(done.error());
  }
  if (*added != 1) return false;  // a repeat: its word has had its effect, and may have been taken back since
  if (message.opt_out_word == OptOutWord::none || planted(PlantedFault::stop_word_ignored)) return true;
  const auto listed =
      message.opt_out_word == OptOutWord::stop
          ? list_opt_out({.number = message.from, .source = "inbound:" + message.provider, .at = message.received_at})
          : remove_opt_out(message.from);
  return listed ? Result<bool>{true} : listed;
}

Result<std::vector<InboundMessage>> Store::list_inbound(std::optional<std::int64_t> after, int limit) {
  std::vector<InboundMessage> out;
  Query q(database_,
          "SELECT id, provider, sender, recipient, text, received_at, sent_at, fingerprint, data, destination_port, "
          "source_port, class FROM inbound WHERE id > ? ORDER BY id LIMIT ?");
  q.bind(after.value_or(0), limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) out.push_back(inbound_from(q));
  if (!row) return std::unexpected(row.error());
  return out;
}

Result<bool> Store::keep_inbound_part(const InboundPart& part, Moment now) {
  const auto kept = Query(database_,
                          "INSERT INTO inbound_parts (provider, fingerprint, pdu, added) VALUES (?, ?, ?, ?) ON "
                          "CONFLICT (fingerprint) DO NOTHING")
                        .bind(part.provider, part.fingerprint, part.pdu, to_ms(now.timeline))
                        .run();
  if (!kept) return std::unexpected(kept.error());
  return *kept == 1;
}

Result<std::vector<InboundPart>> Store::inbound_parts(const std::string& provider, Moment now) {
  std::vector<InboundPart> out;
  Query q(database_,
          "SELECT fingerprint, pdu, added FROM (SELECT id, fingerprint, pdu, added FROM inbound_parts WHERE provider = "
          "? ORDER BY id DESC LIMIT ?) ORDER BY id");
  q.bind(provider, max_recalled_parts);
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    out.push_back({.provider = provider,
                   .fingerprint = q.text(0),
                   .pdu = q.text(1),
                   .age = now.timeline - from_ms<TimelineTime>(q.integer(2))});
  }
  if (!row) return std::unexpected(row.error());
  return out;
}

}  // namespace relay::outbox
