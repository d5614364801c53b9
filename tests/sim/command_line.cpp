#include "tests/sim/command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include <CLI/CLI.hpp>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "tests/sim/batch.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;

struct Command {
  std::optional<std::uint64_t> seed;
  std::uint64_t first = 1;
  std::uint64_t runs = 0;
  std::uint64_t check_replay = 0;
  double days = 1;
  int jobs = 2;
  bool trace = false;
  bool shrink = false;
  bool stop_at_first = false;
  bool require_reach = false;
  std::string only;
  std::string without;
  std::string planted;
  std::string regressions;
  std::string program;
};

Outcome run_one(const Wishes& wishes, bool trace) {
  const auto world = std::make_unique<World>(draw(wishes), trace);
  const Report report = world->run();
  return {.seed = wishes.seed,
          .hash = report.hash,
          .handlers = report.handlers,
          .invariant = report.violation ? report.violation->invariant : "",
          .sentence = report.violation ? report.violation->sentence : "",
          .tally = report.tally};
}

std::string repeat_line(const Command& command, std::uint64_t seed) {
  std::string line = concat(command.program, " --seed ", seed);
  if (command.days != 1) line += concat(" --days ", std::to_string(command.days));
  if (!command.only.empty()) line += concat(" --faults ", command.only);
  if (!command.without.empty()) line += concat(" --without ", command.without);
  if (!command.planted.empty()) line += concat(" --plant ", command.planted);
  return line + " --trace";
}

void tell_violation(const Command& command, const Outcome& outcome) {
  std::printf("violation %s seed %llu: %s\n", outcome.invariant.c_str(), static_cast<unsigned long long>(outcome.seed),
              outcome.sentence.c_str());
  std::printf("  repeat: %s\n", repeat_line(command, outcome.seed).c_str());
  std::fflush(stdout);
}

/// Without one class of faults after the other, then in ever shorter time: what still fails is the least of it.
int shrink(Wishes wishes) {
  const std::string invariant = run_one(wishes, false).invariant;
  if (invariant.empty()) {
    std::puts("this seed has no violation: nothing to shrink");
    return 0;
  }
  const auto fails = [&](const Wishes& tried) { return run_one(tried, false).invariant == invariant; };
  wishes.only = draw(wishes).faults;
  for (std::size_t i = 0; i < fault_class_count; ++i) {
    if (!wishes.only->test(i)) continue;
    Wishes fewer = wishes;
    fewer.only->reset(i);
    if (fails(fewer)) wishes = fewer;
  }
  while (wishes.duration > std::chrono::minutes{10}) {
    Wishes shorter = wishes;
    shorter.duration /= 2;
    if (!fails(shorter)) break;
    wishes = shorter;
  }
  std::string faults;
  for (std::size_t i = 0; i < fault_class_count; ++i) {
    if (wishes.only->test(i)) faults += concat(faults.empty() ? "" : ",", name_of(static_cast<FaultClass>(i)));
  }
  std::printf("%s still fails with: --seed %llu --days %.4f --faults %s\n", invariant.c_str(),
              static_cast<unsigned long long>(wishes.seed), static_cast<double>(wishes.duration.count()) / 86'400'000.0,
              faults.empty() ? "none" : faults.c_str());
  return 1;
}

std::vector<std::uint64_t> seeds_of(const Command& command) {
  std::vector<std::uint64_t> seeds;
  // What failed once is tried first, for ever.
  if (!command.regressions.empty()) {
    std::ifstream file(command.regressions);
    std::string word;
    while (file >> word) {
      if (word.starts_with('#')) {
        std::getline(file, word);
      } else {
        seeds.push_back(std::stoull(word));
      }
    }
  }
  for (std::uint64_t i = 0; i < command.runs; ++i) seeds.push_back(command.first + i);
  return seeds;
}

/// Everything that may happen in the world must have happened: a fault that never strikes tests nothing.
std::vector<std::string> unreached(const Tally& tally) {
  std::vector<std::string> missing;
  const auto want = [&](const std::string& what) {
    if (!tally.contains(what)) missing.push_back(what);
  };
  for (std::size_t i = 0; i < fault_class_count; ++i) want(concat("fault.", name_of(static_cast<FaultClass>(i))));
  for (std::size_t i = 0; i < 12; ++i) want(concat("provider.", name_of(static_cast<Health>(i))));
  for (const auto& [name, kind] : modem_sim::fault_names) want(concat("modem.", name));
  for (const char* outcome :
       {"accepted", "refused", "recipient_refused", "account", "throttled", "unavailable", "unknown"}) {
    if (std::string_view{outcome} != "refused") want(concat("outcome.", outcome));
  }
  for (const char* state : {"delivered", "failed", "expired", "blocked", "cancelled", "unconfirmed", "unknown"}) {
    const bool reached = std::ranges::any_of(tally, [&](const auto& entry) {
      return entry.first.starts_with("final.") && entry.first.ends_with(concat(".", state));
    });
    if (!reached) missing.push_back(concat("final.*.", state));
  }
  for (const char* what :
       {"death_at_send.arrival", "death_at_send.acceptance", "death_at_send.answer", "death_in_storage",
        "webhook.repeat", "receiver.down", "receiver.failing", "receiver.slow", "api.replayed", "api.key_reused.422",
        "cancel.200", "breaker.probe", "contest.window", "answer.timed_out"}) {
    want(what);
  }
  return missing;
}

int run_many(const Command& command, const Wishes& wishes) {
  const auto seeds = seeds_of(command);
  Tally tally;
  std::uint64_t done = 0;
  std::uint64_t violations = 0;
  Hash all;
  std::map<std::uint64_t, std::uint64_t> hashes;
  run_batch(
      seeds, command.jobs,
      [&](std::uint64_t seed) {
        Wishes of_seed = wishes;
        of_seed.seed = seed;
        return run_one(of_seed, false);
      },
      [&](const Outcome& outcome) {
        ++done;
        hashes[outcome.seed] = outcome.hash;
        for (const auto& [what, times] : outcome.tally) tally[what] += times;
        if (!outcome.invariant.empty()) {
          ++violations;
          tell_violation(command, outcome);
        }
        if (done % 100 == 0) {
          std::printf("%llu of %zu runs, %llu violations\n", static_cast<unsigned long long>(done), seeds.size(),
                      static_cast<unsigned long long>(violations));
          std::fflush(stdout);
        }
        return !(command.stop_at_first && violations > 0);
      });
  for (const auto& [seed, hash] : hashes) all.add(hash);
  std::puts("how often each thing happened:");
  for (const auto& [what, times] : tally)
    std::printf("  %-44s %llu\n", what.c_str(), static_cast<unsigned long long>(times));
  const auto missing = unreached(tally);
  for (const auto& what : missing) std::printf("never happened: %s\n", what.c_str());
  std::printf("%llu runs of %.2f days, %llu violations, hash of all %016llx\n", static_cast<unsigned long long>(done),
              command.days, static_cast<unsigned long long>(violations), static_cast<unsigned long long>(all.value()));
  const bool unreached_counts = command.require_reach && !missing.empty();
  return violations > 0 || unreached_counts ? 1 : 0;
}

/// The same seeds forwards in one process and backwards in another.
int check_replay(const Command& command, const Wishes& wishes) {
  std::vector<std::uint64_t> forwards;
  for (std::uint64_t i = 0; i < command.check_replay; ++i) forwards.push_back(command.first + i);
  auto backwards = forwards;
  std::ranges::reverse(backwards);
  std::array<std::map<std::uint64_t, std::uint64_t>, 2> hashes;
  for (std::size_t pass = 0; pass < 2; ++pass) {
    run_batch(
        pass == 0 ? forwards : backwards, pass == 0 ? 1 : command.jobs,
        [&](std::uint64_t seed) {
          Wishes of_seed = wishes;
          of_seed.seed = seed;
          return run_one(of_seed, false);
        },
        [&](const Outcome& outcome) {
          hashes.at(pass)[outcome.seed] = outcome.hash;
          return true;
        });
  }
  int unequal = 0;
  for (const auto& [seed, hash] : hashes[0]) {
    if (hashes[1][seed] == hash) continue;
    ++unequal;
    std::printf("seed %llu ran otherwise the second time\n", static_cast<unsigned long long>(seed));
  }
  std::printf("%zu seeds twice, in another order and other processes: %d unequal\n", forwards.size(), unequal);
  return unequal == 0 ? 0 : 1;
}

int plant(const Command& command) {
  if (command.planted.empty()) return 0;
#ifdef EDGE_RELAY_PLANTED_FAULTS
  if (relay::plant(command.planted)) return 0;
  std::fprintf(stderr, "edge-relay-sim: there is no planted fault '%s'\n", command.planted.c_str());
#else
  std::fputs("edge-relay-sim: --plant needs the build preset 'mutants'\n", stderr);
#endif
  return 2;
}

}  // namespace

int run_command(int argc, char** argv) {
  Command command;
  command.program = argv[0];
  CLI::App app("Runs the appliance in simulated worlds and holds it to the contract of delivery (docs/simulation.md)");
  app.add_option("--seed", command.seed, "run this seed only");
  app.add_option("--runs", command.runs, "run so many seeds");
  app.add_option("--first", command.first, "the first of them");
  app.add_option("--check-replay", command.check_replay, "run so many seeds twice and compare");
  app.add_option("--days", command.days, "length of a run in days, before everything heals");
  app.add_option("--jobs", command.jobs, "processes")->check(CLI::Range(1, 64));
  app.add_option("--faults", command.only, "these classes of faults instead of the drawn ones: a,b | all | none");
  app.add_option("--without", command.without, "not these classes of faults");
  app.add_option("--plant", command.planted, "switch on a planted fault (preset mutants)");
  app.add_option("--regressions", command.regressions, "file of seeds to run first");
  app.add_flag("--trace", command.trace, "with --seed: tell everything that happens");
  app.add_flag("--shrink", command.shrink, "with --seed: look for the least that still fails");
  app.add_flag("--stop-at-first", command.stop_at_first, "end with the first violation");
  app.add_flag("--require-reach", command.require_reach, "fail when something that may happen never did");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  Wishes wishes;
  wishes.seed = command.seed.value_or(command.first);
  wishes.duration = relay::Millis{static_cast<std::int64_t>(command.days * 86'400'000.0)};
  const auto only = parse_faults(command.only.empty() ? "none" : command.only);
  const auto without = parse_faults(command.without.empty() ? "none" : command.without);
  if (!only || !without) {
    std::fprintf(stderr, "edge-relay-sim: %s\n", (only ? without : only).error().message.c_str());
    return 2;
  }
  if (!command.only.empty()) wishes.only = *only;
  wishes.without = *without;
  if (const int refused = plant(command)) return refused;
  if (command.check_replay > 0) return check_replay(command, wishes);
  if (!command.seed) return run_many(command, wishes);
  if (command.shrink) return shrink(wishes);
  std::printf("%s\n", describe(draw(wishes)).c_str());
  const Outcome outcome = run_one(wishes, command.trace);
  std::printf("hash %016llx, %llu turns of the loop\n", static_cast<unsigned long long>(outcome.hash),
              static_cast<unsigned long long>(outcome.handlers));
  for (const auto& [what, times] : outcome.tally) {
    std::printf("  %-44s %llu\n", what.c_str(), static_cast<unsigned long long>(times));
  }
  if (outcome.invariant.empty()) return 0;
  tell_violation(command, outcome);
  return 1;
}

}  // namespace sim
