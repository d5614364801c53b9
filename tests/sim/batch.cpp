#include "tests/sim/batch.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"

namespace sim {
namespace {

using nlohmann::json;

struct Worker {
  pid_t process = -1;
  int from = -1;  ///< The reading end of its pipe.
  std::size_t next = 0;
  std::size_t stride = 1;
  std::string received;
};

void write_line(int to, const std::string& line) {
  std::size_t written = 0;
  while (written < line.size()) {
    const auto count = ::write(to, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(3);
    written += static_cast<std::size_t>(count);
  }
}

std::string line_of(const Outcome& outcome) {
  json tally = json::object();
  for (const auto& [what, times] : outcome.tally) tally[what] = times;
  return json{{"seed", outcome.seed},           {"hash", outcome.hash},         {"handlers", outcome.handlers},
              {"invariant", outcome.invariant}, {"sentence", outcome.sentence}, {"tally", tally}}
             .dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

Outcome outcome_of(const std::string& line) {
  const json read = json::parse(line);
  Outcome outcome{.seed = read["seed"].get<std::uint64_t>(),
                  .hash = read["hash"].get<std::uint64_t>(),
                  .handlers = read["handlers"].get<std::uint64_t>(),
                  .invariant = read["invariant"].get<std::string>(),
                  .sentence = read["sentence"].get<std::string>(),
                  .tally = {}};
  for (const auto& [what, times] : read["tally"].items()) outcome.tally[what] = times.get<std::uint64_t>();
  return outcome;
}

void start(Worker& worker, const std::vector<std::uint64_t>& seeds, const std::function<Outcome(std::uint64_t)>& run) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) std::abort();
  std::fflush(stdout);
  worker.process = ::fork();
  if (worker.process < 0) std::abort();
  if (worker.process == 0) {
    ::close(ends[0]);
    for (std::size_t i = worker.next; i < seeds.size(); i += worker.stride) write_line(ends[1], line_of(run(seeds[i])));
    _exit(0);
  }
  ::close(ends[1]);
  worker.from = ends[0];
  worker.received.clear();
}

/// The worker's pipe is at its end. Returns the run in which it died, if it did.
std::optional<Outcome> reap(Worker& worker, const std::vector<std::uint64_t>& seeds) {
  ::close(worker.from);
  worker.from = -1;
  int status = 0;
  ::waitpid(worker.process, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return Outcome{.seed = seeds[worker.next],
                 .hash = 0,
                 .handlers = 0,
                 .invariant = "crash",
                 .sentence = relay::concat("the process died (signal ", signal, ")"),
                 .tally = {}};
}

}  // namespace

void run_batch(const std::vector<std::uint64_t>& seeds, int jobs, const std::function<Outcome(std::uint64_t)>& run,
               const std::function<bool(const Outcome&)>& tell) {
  std::vector<Worker> workers(static_cast<std::size_t>(jobs));
  for (std::size_t i = 0; i < workers.size(); ++i) {
    workers[i].next = i;
    workers[i].stride = workers.size();
    if (i < seeds.size()) start(workers[i], seeds, run);
  }
  bool go_on = true;
  while (go_on) {
    std::vector<pollfd> waiting;
    std::vector<Worker*> of;
    for (auto& worker : workers) {
      if (worker.from < 0) continue;
      waiting.push_back({.fd = worker.from, .events = POLLIN, .revents = 0});
      of.push_back(&worker);
    }
    if (waiting.empty()) return;
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < waiting.size() && go_on; ++i) {
      if (waiting[i].revents == 0) continue;
      Worker& worker = *of[i];
      std::array<char, 65536> buffer{};
      const auto count = ::read(worker.from, buffer.data(), buffer.size());
      if (count > 0) worker.received.append(buffer.data(), static_cast<std::size_t>(count));
      for (auto end = worker.received.find('\n'); end != std::string::npos && go_on; end = worker.received.find('\n')) {
        const Outcome outcome = outcome_of(worker.received.substr(0, end));
        worker.received.erase(0, end + 1);
        worker.next += worker.stride;
        go_on = tell(outcome);
      }
      if (count > 0 || !go_on) continue;
      if (const auto died = reap(worker, seeds)) {
        go_on = tell(*died);
        worker.next += worker.stride;
        if (go_on && worker.next < seeds.size()) start(worker, seeds, run);
      }
    }
  }
  for (auto& worker : workers) {
    if (worker.from < 0) continue;
    ::kill(worker.process, SIGKILL);
    ::close(worker.from);
    ::waitpid(worker.process, nullptr, 0);
  }
}

}  // namespace sim
