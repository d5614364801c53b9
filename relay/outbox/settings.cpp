#include "relay/outbox/settings.hpp"

#include <array>

namespace relay::outbox {
namespace {

using config::Setting;
using config::Type;

constexpr std::array<Setting, 9> settings{{
    {.name = "path",
     .type = Type::text,
     .default_value = "/var/lib/edge-relay/outbox.db",
     .text =
         "The outbox's SQLite file; its folder must exist, on a local file system, and hold the -wal file beside it."},
    {.name = "max_size",
     .type = Type::bytes,
     .default_value = "512MiB",
     .text = "The file grows no further: submissions are refused (507) at 15/16 of it, alarms at 31/32; the rest is "
             "kept for what was accepted.",
     .min = 4 << 20,
     .max = std::int64_t{64} << 30},
    {.name = "history",
     .type = Type::duration,
     .default_value = "30d",
     .text = "How long finished messages, received messages and events nobody took are kept.",
     .min = 3'600'000},
    {.name = "event_history",
     .type = Type::duration,
     .default_value = "1d",
     .text = "How long events are kept for an application that reads GET /v1/events, 10000 of each at most.",
     .min = 3'600'000,
     .max = 30LL * 86'400'000},
    {.name = "prune_above",
     .type = Type::bytes,
     .default_value = "384MiB",
     .text = "Above this size the oldest finished messages go before their time.",
     .min = 1 << 20},
    {.name = "commit_rate",
     .type = Type::integer,
     .default_value = "12",
     .text = "Commits per second under sustained load: fewer spare the flash, and let a submission wait up to "
             "1/commit_rate.",
     .min = 1,
     .max = 1000},
    {.name = "commit_burst",
     .type = Type::integer,
     .default_value = "64",
     .text = "So many commits are made at once before commit_rate holds.",
     .min = 0,
     .max = 10'000},
    {.name = "relaxed_delay",
     .type = Type::duration,
     .default_value = "250ms",
     .text = "Outcomes and receipts wait so long for another commit to go with; after a power loss in that time they "
             "are asked for again.",
     .min = 0,
     .max = 5'000},
    {.name = "cache_size",
     .type = Type::bytes,
     .default_value = "1MiB",
     .text = "Memory for database pages.",
     .min = 64 << 10,
     .max = 64 << 20},
}};

constexpr config::Table table{.path = "storage",
                              .kind = {},
                              .text = "Where messages are stored, how much of them, and how gently with the flash.",
                              .settings = settings};

}  // namespace

const config::Table& settings_table() { return table; }

SqliteOutboxSettings settings_from(const config::Section& section) {
  SqliteOutboxSettings out;
  out.path = section.text("path");
  out.max_file_bytes = section.integer("max_size");
  out.commit_rate = static_cast<double>(section.integer("commit_rate"));
  out.commit_burst = static_cast<int>(section.integer("commit_burst"));
  out.relaxed_delay = section.duration("relaxed_delay");
  out.event_history = section.duration("event_history");
  out.cache_kib = static_cast<int>(section.integer("cache_size") / 1024);
  return out;
}

}  // namespace relay::outbox
