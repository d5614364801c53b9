#include "tools/modem-sim/host.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/write.hpp>

namespace modem_sim {
namespace {

/// What a host that reads nothing makes the modem keep; more is lost, as on a line without flow control.
constexpr std::size_t max_unsent = 256 * 1024;

}  // namespace

Host::Host(asio::any_io_executor executor, const relay::Clock& clock, relay::TimerQueue& timers, relay::Random& random,
           ModemConfig config, std::string link, Journal journal)
    : executor_(std::move(executor)),
      clock_(clock),
      timers_(timers),
      model_(std::move(config), random, clock.steady()),
      journal_(std::move(journal)),
      link_(std::move(link)) {}

relay::Result<std::string> Host::start() {
  auto path = open_line();
  if (path) settle();
  return path;
}

void Host::stop() {
  stopped_ = true;
  if (wake_) timers_.disarm(*wake_);
  wake_.reset();
  close_line();
}

relay::Result<std::string> Host::open_line() {
  auto terminal = PseudoTerminal::open();
  if (!terminal) return std::unexpected(std::move(terminal).error());
  const auto path = terminal->slave_path();
  if (!link_.empty()) {
    if (const auto link = point_link(link_, path); !link) return std::unexpected(link.error());
  }
  const int master = terminal->release_master();
  line_ = std::make_shared<Line>(Line{.terminal = std::move(*terminal),
                                      .master = asio::posix::stream_descriptor{executor_, master},
                                      .watch = std::nullopt,
                                      .watch_wait = asio::posix::stream_descriptor{executor_},
                                      .unsent = {},
                                      .sending = {}});
  if (auto watch = OpenWatch::of(path)) {
    line_->watch = std::move(*watch);
    line_->watch_wait.assign(::dup(line_->watch->descriptor()));
    watch_users();
  }
  read_line();
  return path;
}

void Host::close_line() {
  if (!line_) return;
  line_->closed = true;
  line_->master.close();
  line_->watch_wait.close();
  line_.reset();
  if (!link_.empty()) remove_link(link_);
}

void Host::read_line() {
  line_->master.async_read_some(
      asio::buffer(line_->input), [this, line = line_](std::error_code error, std::size_t count) {
        if (error || line->closed) return;
        count_users();
        line->users = std::max(line->users, 1);  // who writes is there, however the count came out
        model_.receive(std::string_view{line->input.data(), count}, now());
        settle();
        if (!line->closed) read_line();
      });
}

void Host::watch_users() {
  line_->watch_wait.async_wait(asio::posix::stream_descriptor::wait_read, [this, line = line_](std::error_code error) {
    if (error || line->closed) return;
    count_users();
    settle();
    if (!line->closed) watch_users();
  });
}

/// Called before anything is read or written, so that an answer never overtakes the news that somebody opened the port.
void Host::count_users() {
  if (!line_ || !line_->watch) return;
  const auto changes = line_->watch->take();
  const bool all_left = changes.closed > 0 && line_->users - changes.closed <= 0;
  line_->users = std::max(0, line_->users + changes.opened - changes.closed);
  if (changes.closed > 0) line_->terminal.allow_next_open();
  if (all_left) {
    line_->unsent.clear();
    line_->terminal.forget_unread();
  }
  if (changes.opened > 0) model_.line_opened(now());
}

void Host::settle() {
  if (stopped_) return;
  model_.advance(now());
  if (line_ && !model_.plugged()) close_line();
  if (!line_ && model_.plugged()) {
    if (const auto opened = open_line(); !opened)
      std::fprintf(stderr, "modem-sim: %s\n", opened.error().message.c_str());
  }
  count_users();
  const auto output = model_.take_output();
  const bool somebody_listens = line_ && (!line_->watch || line_->users > 0);
  if (somebody_listens && line_->unsent.size() < max_unsent) line_->unsent += output;
  write_line();
  const auto events = model_.take_log();
  ledger_.take(events);
  journal_.write(events);
  arm_wake();
}

void Host::write_line() {
  if (!line_ || !line_->sending.empty() || line_->unsent.empty()) return;
  line_->sending = std::exchange(line_->unsent, {});
  asio::async_write(line_->master, asio::buffer(line_->sending),
                    [this, line = line_](std::error_code error, std::size_t) {
                      line->sending.clear();
                      if (!error && !line->closed) write_line();
                    });
}

void Host::arm_wake() {
  const auto next = model_.next_wake();
  if (next == wake_at_) return;
  if (wake_) timers_.disarm(*wake_);
  wake_.reset();
  wake_at_ = next;
  if (!next) return;
  wake_ = timers_.arm(*next, [this] {
    wake_.reset();
    wake_at_.reset();
    settle();
  });
}

}  // namespace modem_sim
