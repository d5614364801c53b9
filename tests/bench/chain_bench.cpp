// How long the chain takes to name the next provider once the first ones are out: docs/figures.md. A program, not a
// test:
//   chain_bench
// Prints a line for each case: its name, then median and longest time of one Chain::choose in nanoseconds (the reading
// of the clock included).

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "relay/chain/chain.hpp"

using namespace relay;
using namespace relay::chain;

namespace {

constexpr int calls = 100'000;
constexpr ProviderIndex aws = 0;
constexpr ProviderIndex twilio = 1;
constexpr ProviderIndex modem = 2;
const SteadyTime start{Millis{1'000'000}};

Chain three_providers() {
  return Chain({{.name = "aws", .max_in_flight = 8, .breaker = {}},
                {.name = "twilio", .max_in_flight = 8, .breaker = {}},
                {.name = "modem", .needs_uplink = false, .max_in_flight = 2, .breaker = {}}});
}

void fail_until_open(Chain& chain, ProviderIndex index) {
  while (chain.breaker(index).state(start) == BreakerState::closed) {
    bool probe = false;
    chain.begin(index, start, probe);
    chain.end(index, probe, Outcome::unavailable, start);
  }
}

void measure(const char* name, const Chain& chain) {
  using Clock = std::chrono::steady_clock;  // a bench may look at the machine's clock
  std::vector<long> times;
  times.reserve(calls);
  for (int i = 0; i < calls; ++i) {
    const auto before = Clock::now();
    const Choice choice = chain.choose({}, start);
    const auto after = Clock::now();
    if (choice.kind != Choice::Kind::provider || choice.index != modem) {
      std::fprintf(stderr, "%s: the chain did not choose the modem\n", name);
      std::exit(1);
    }
    times.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(after - before).count());
  }
  std::ranges::sort(times);
  std::printf("%s %ld %ld\n", name, times[times.size() / 2], times.back());
}

}  // namespace

int main() {
  Chain failed = three_providers();
  fail_until_open(failed, aws);
  fail_until_open(failed, twilio);
  measure("breakers_open", failed);
  Chain cut_off = three_providers();
  cut_off.set_uplink(false);
  measure("uplink_down", cut_off);
  return 0;
}
