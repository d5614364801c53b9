#include "tests/sim/faults.hpp"

#include <utility>
#include <vector>

#include "relay/base/concat.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

Faults::Faults(World& world) : world_(world), stream_(world.options.seed, "faults") {}

void Faults::keep(FaultClass fault, std::function<void()> strike) {
  if (!world_.options.has(fault)) return;
  world_.after(stream_.about(world_.options.between_faults), [this, fault, strike = std::move(strike)] {
    if (over_) return;
    world_.note("fault", name_of(fault));
    world_.hit(concat("fault.", name_of(fault)));
    strike();
    keep(fault, strike);
  });
}

void Faults::start() {
  strike_box();
  strike_disk();
  strike_providers();
  strike_modem();
  strike_clock();
  strike_lan();
  strike_bridge();
}

void Faults::end() {
  over_ = true;
  world_.note("faults", "over");
  world_.box.heal_disk();
  world_.box.disk().die_at_operation(std::nullopt, nullptr);
  world_.box.set_battery(true);
  world_.clouds.all_well();
  world_.receivers.all_well();
  for (auto& modem : world_.modems) modem.all_well();
}

void Faults::strike_bridge() {
  keep(FaultClass::bridge_dies, [this] {
    const Millis away = stream_.chance(0.5) ? stream_.between(Millis{1'000}, Millis{30'000})
                                            : stream_.between(Millis{30'000}, Millis{minutes{40}});
    if (stream_.chance(0.5)) {
      world_.bridge.kill(away, "SIGKILL");
    } else {
      world_.bridge.cut_power(away, "its machine is gone");
    }
  });
  if (world_.options.has(FaultClass::odd_webhooks)) world_.hit("fault.odd_webhooks");
}

void Faults::strike_box() {
  keep(FaultClass::power_cut, [this] {
    world_.box.cut_power(stream_.between(Millis{1'000}, Millis{minutes{15}}), "somebody pulled the plug");
  });
  keep(FaultClass::kill, [this] { world_.box.kill(stream_.between(Millis{100}, Millis{30'000}), "SIGKILL"); });
  keep(FaultClass::restart, [this] { world_.box.restart(stream_.between(Millis{100}, Millis{60'000})); });
  keep(FaultClass::death_in_storage, [this] {
    const bool power = stream_.chance(0.5);
    world_.box.disk().die_at_operation(stream_.below(30), [this, power] {
      world_.hit("death_in_storage");
      world_.box.doom(power, "in a storage operation");
    });
  });
  keep(FaultClass::death_at_send,
       [this] { world_.clouds.lay_ambush(static_cast<Clouds::Moment>(stream_.below(3)), stream_.chance(0.5)); });
  keep(FaultClass::reload, [this] {
    if (world_.box.up()) world_.box.boot()->reload(*world_.settings);
  });
}

void Faults::strike_disk() {
  const auto until_well = [this](Millis duration) { world_.after(duration, [this] { world_.box.heal_disk(); }); };
  keep(FaultClass::disk_errors, [this, until_well] {
    Disk::Faults faults;
    faults.write_error = stream_.chance(0.5) ? 0.01 : 0.05;
    faults.sync_error = 0.1;
    faults.read_error = stream_.chance(0.3) ? 0.005 : 0;
    world_.box.set_disk_faults(faults, false);
    until_well(stream_.between(Millis{5'000}, Millis{minutes{2}}));
  });
  keep(FaultClass::disk_full, [this, until_well] {
    Disk::Faults faults;
    if (stream_.chance(0.5)) {
      faults.full = 0.3;
      world_.box.set_disk_faults(faults, false);
    } else {
      // The file system fills up around the box: it can see that coming.
      const std::int64_t room = stream_.between(0, 700'000);
      faults.capacity_bytes = world_.box.disk().bytes() + room;
      world_.box.set_disk_faults(faults, false);
      world_.box.set_disk_room(faults.capacity_bytes);
    }
    until_well(stream_.between(Millis{30'000}, Millis{minutes{30}}));
  });
  keep(FaultClass::slow_disk, [this, until_well] {
    Disk::Faults faults;
    faults.sync_time = stream_.between(Millis{20}, Millis{1'500});
    world_.box.set_disk_faults(faults, false);
    until_well(stream_.between(Millis{30'000}, Millis{minutes{20}}));
  });
}

void Faults::trouble_a_provider(FaultClass fault) {
  using enum Health;
  static const std::vector<Health> down{refuses_connections, no_name};
  static const std::vector<Health> errors{fails, unavailable, malformed, truncated};
  static const std::vector<Health> losses{loses_before, loses_after};
  Health health = slow;
  if (fault == FaultClass::provider_down) health = stream_.pick(down);
  if (fault == FaultClass::provider_errors) health = stream_.pick(errors);
  if (fault == FaultClass::provider_loses) health = stream_.pick(losses);
  if (fault == FaultClass::provider_throttles) health = throttles;
  if (fault == FaultClass::provider_refuses_account) health = refuses_account;
  std::vector<std::string> names;
  if (world_.options.uses("aws-main")) names.emplace_back("aws-main");
  if (world_.options.uses("twilio-main")) names.emplace_back("twilio-main");
  if (names.empty()) return;
  // Now and then all together.
  if (names.size() == 2 && stream_.chance(0.6)) names.erase(names.begin() + static_cast<long>(stream_.below(2)));
  const Millis duration = stream_.between(Millis{10'000}, Millis{minutes{40}});
  for (const auto& name : names) {
    world_.clouds.set_health(name, health);
    world_.after(duration, [this, name] { world_.clouds.set_health(name, well); });
  }
}

void Faults::strike_providers() {
  for (const FaultClass fault :
       {FaultClass::provider_down, FaultClass::provider_errors, FaultClass::provider_throttles,
        FaultClass::provider_refuses_account, FaultClass::provider_loses, FaultClass::provider_slow}) {
    keep(fault, [this, fault] { trouble_a_provider(fault); });
  }
  keep(FaultClass::uplink_down, [this] {
    world_.clouds.set_uplink(false);
    world_.after(stream_.between(Millis{2'000}, Millis{minutes{60}}), [this] { world_.clouds.set_uplink(true); });
  });
  keep(FaultClass::bad_recipients, [this] {
    if (!stream_.chance(0.3)) return;
    world_.clouds.opt_out(concat(number_prefix, 1'000'000 + stream_.between(0, world_.options.recipients - 1) * 1'117));
  });
}

void Faults::trouble_the_modem(FaultClass fault) {
  using enum modem_sim::FaultKind;
  static const std::vector<modem_sim::FaultKind> line{
      no_prompt, silent_prompt, bare_prompt, urc_in_prompt,          half_line, urc_in_answer,        garbage,
      echo_on,   urc_storm,     line_noise,  lost_before_acceptance, lost_ok,   lost_after_acceptance};
  static const std::vector<modem_sim::FaultKind> device{
      hang, reboot, reboot_before_acceptance, reboot_after_acceptance, unplug, dead};
  static const std::vector<modem_sim::FaultKind> network{stale_radio, deregister, send_error, sim_busy, store_full};
  modem_sim::Fault strike;
  strike.kind = stream_.pick(fault == FaultClass::modem_line     ? line
                             : fault == FaultClass::modem_device ? device
                                                                 : network);
  strike.count = static_cast<int>(stream_.between(1, 4));
  const bool lasts = strike.kind == hang || strike.kind == unplug || strike.kind == dead ||
                     strike.kind == stale_radio || strike.kind == deregister || strike.kind == sim_busy ||
                     strike.kind == store_full;
  if (lasts) strike.duration = stream_.between(Millis{2'000}, Millis{minutes{30}});
  if (strike.kind == lost_before_acceptance || strike.kind == lost_after_acceptance)
    strike.duration = Millis{seconds{20}};
  world_.some_modem(stream_).inject(strike);
}

void Faults::strike_modem() {
  for (const FaultClass fault : {FaultClass::modem_line, FaultClass::modem_device, FaultClass::modem_network}) {
    keep(fault, [this, fault] { trouble_the_modem(fault); });
  }
  keep(FaultClass::odd_reports, [this] {
    modem_sim::SendBehaviour behaviour{.prompt_delay = Millis{20},
                                       .latency_min = Millis{200},
                                       .latency_max = Millis{2'500},
                                       .report = static_cast<modem_sim::ReportOutcome>(stream_.below(4)),
                                       .report_delay = stream_.between(Millis{1}, Millis{minutes{20}}),
                                       .report_before_answer = stream_.chance(0.3),
                                       .duplicate_reports = stream_.chance(0.5)};
    world_.some_modem(stream_).set_behaviour(behaviour);
  });
}

void Faults::strike_clock() {
  keep(FaultClass::clock_jumps, [this] {
    static const std::vector<Millis> jumps{hours{24}, -hours{24}, hours{1}, -hours{1}, minutes{1}, -minutes{1}};
    world_.box.jump_clock(stream_.pick(jumps));
    world_.after(stream_.between(Millis{minutes{1}}, Millis{hours{4}}), [this] { world_.box.set_clock_right(); });
  });
  keep(FaultClass::no_clock_at_boot, [this] {
    world_.box.set_battery(false);
    world_.after(Millis{hours{2}}, [this] {
      world_.box.set_battery(true);
      world_.box.set_clock_right();
    });
  });
}

void Faults::strike_lan() {
  keep(FaultClass::app_floods, [this] { world_.applications.flood(); });
  keep(FaultClass::app_misuse, [this] {
    world_.applications.misbehave();
    world_.applications.loiter();
  });
  keep(FaultClass::cancellations, [this] { world_.applications.cancel_one(); });
  const auto trouble = [this](Receivers::Health health) {
    const std::string host = concat("app", stream_.below(4), ".lan");
    world_.receivers.set_health(host, health);
    world_.after(stream_.between(Millis{10'000}, Millis{hours{2}}),
                 [this, host] { world_.receivers.set_health(host, Receivers::Health::well); });
  };
  keep(FaultClass::receiver_down,
       [this, trouble] { trouble(stream_.chance(0.5) ? Receivers::Health::down : Receivers::Health::failing); });
  keep(FaultClass::receiver_slow, [trouble] { trouble(Receivers::Health::slow); });
}

}  // namespace sim
