#include "bridge/sending/settings.hpp"

#include <array>

namespace bridge::sending {
namespace {

using relay::config::Setting;
using relay::config::Type;

constexpr std::array settings{
    Setting{.name = "directory",
            .type = Type::text,
            .default_value = "/var/lib/edge-bridge",
            .text = "Where the outbox of each tenant with a chain lies, on a local file system: outbox-TENANT.db."},
    Setting{.name = "hold",
            .type = Type::duration,
            .default_value = "30s",
            .text = "A message for which the bridge has found no way out in this time goes back to its box, which has "
                    "others.",
            .min = 1'000,
            .max = 3'600'000},
    Setting{.name = "hold_urgent",
            .type = Type::duration,
            .default_value = "10s",
            .text = "The same for alarms and one-time codes.",
            .min = 1'000,
            .max = 3'600'000},
    Setting{.name = "max_queued",
            .type = Type::integer,
            .default_value = "10000",
            .text = "Messages of a tenant that wait at a time; more are left to their boxes (503).",
            .min = 1,
            .max = 1'000'000},
    Setting{.name = "rate_per_box",
            .type = Type::number,
            .default_value = "50",
            .text = "Messages and questions of one box in a second, on average over ten; more are answered 429.",
            .min = 1,
            .max = 10'000},
    Setting{.name = "max_size",
            .type = Type::bytes,
            .default_value = "1GiB",
            .text = "A tenant's outbox grows no further: its boxes keep their messages (503).",
            .min = 4 << 20},
};
constexpr relay::config::Table table{.path = "sending",
                                     .kind = {},
                                     .text = "Messages that boxes hand over, for tenants with a chain.",
                                     .settings = settings};

}  // namespace

const relay::config::Table& settings_table() { return table; }

SendingSettings read_settings(const relay::config::Section& section) {
  return {.directory = section.text("directory"),
          .public_url = {},
          .hold = section.duration("hold"),
          .hold_urgent = section.duration("hold_urgent"),
          .max_queued = section.integer("max_queued"),
          .rate_per_box = section.number("rate_per_box"),
          .max_size = section.integer("max_size")};
}

}  // namespace bridge::sending
