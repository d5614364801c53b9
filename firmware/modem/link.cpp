#include "firmware/modem/link.hpp"

#include <array>
#include <utility>

#include "relay/base/within.hpp"

namespace modem {
namespace {

constexpr relay::Millis write_limit{
    5000};  ///< A line that takes no bytes for so long (flow control) is as good as gone.

}  // namespace

Link::Link(relay::Runtime runtime, std::unique_ptr<hal::SerialPort> port, relay::Notification& wake,
           relay::Millis command_gap, Unsolicited unsolicited)
    : runtime_(std::move(runtime)),
      port_(std::move(port)),
      wake_(wake),
      command_gap_(command_gap),
      unsolicited_(std::move(unsolicited)) {}

relay::Task<> Link::listen(std::shared_ptr<Link> link) {
  std::array<char, 512> buffer{};
  while (true) {
    const auto size = co_await link->port_->read_some(buffer);
    if (!size) {
      link->loss_ = size.error().message;
      break;
    }
    for (auto& incoming : link->receiver_.feed({buffer.data(), *size})) {
      if (link->inbox_.size() < max_inbox) link->inbox_.push_back(std::move(incoming));
    }
    if (!link->inbox_.empty()) link->wake_.notify();
  }
  if (std::exchange(link->lost_, true)) co_return;
  link->wake_.notify();
}

void Link::close() {
  lost_ = true;
  port_->close();
}

at::Incoming Link::take_incoming() {
  auto incoming = std::move(inbox_.front());
  inbox_.pop_front();
  return incoming;
}

void Link::hand_over_unsolicited() {
  while (!inbox_.empty()) (void)unsolicited_(take_incoming());
}

relay::Task<> Link::listen_until(relay::SteadyTime deadline, std::function<bool()> enough) {
  hand_over_unsolicited();
  while (!lost_ && !enough() && runtime_.clock.steady() < deadline) {
    co_await wake_.wait_until(deadline);
    hand_over_unsolicited();
  }
}

relay::Task<bool> Link::write(std::string bytes) {
  const auto written = co_await relay::within(runtime_, runtime_.clock.steady() + write_limit, port_->write(bytes));
  co_return written && *written;
}

relay::Task<at::Step> Link::next_step(at::Exchange& exchange, relay::SteadyTime deadline) {
  while (inbox_.empty() && !lost_ && runtime_.clock.steady() < deadline) co_await wake_.wait_until(deadline);
  if (!inbox_.empty()) {
    const at::Incoming incoming = take_incoming();
    at::Step step = exchange.resume({at::Event::Kind::incoming, &incoming});
    if (!step.taken && unsolicited_(incoming)) step = exchange.resume({at::Event::Kind::interrupted});
    co_return step;
  }
  co_return exchange.resume({lost_ ? at::Event::Kind::lost : at::Event::Kind::deadline});
}

relay::Task<> Link::converse(at::Exchange& exchange, std::function<void()> after_step) {
  hand_over_unsolicited();  // What came before the command can't be its answer.
  if (command_gap_ > relay::Millis{0}) co_await relay::sleep_until(runtime_, last_exchange_end_ + command_gap_);
  relay::SteadyTime deadline = relay::SteadyTime::max();
  at::Step step = exchange.resume({lost_ ? at::Event::Kind::lost : at::Event::Kind::start});
  while (true) {
    if (after_step) after_step();
    if (step.done) break;
    if (step.await_prompt) receiver_.expect_prompt(true);
    if (step.limit) deadline = runtime_.clock.steady() + *step.limit;
    bool written = true;
    if (!step.write.empty()) written = co_await write(std::exchange(step.write, {}));
    if (!written) lost_ = true;
    step = co_await next_step(exchange, deadline);
  }
  receiver_.expect_prompt(false);
  last_exchange_end_ = runtime_.clock.steady();
}

relay::Task<at::Answer> Link::command(std::string text) {
  at::Answer answer = co_await command(at::command(std::move(text)));
  co_return answer;
}

relay::Task<at::Answer> Link::command(at::Command command) {
  if (lost_) co_return at::Answer{{at::Final::Kind::lost, -1, {}}, {}};
  if (out_of_sync_) co_return at::Answer{{at::Final::Kind::silence, -1, {}}, {}};
  at::CommandExchange exchange(std::move(command));
  co_await converse(exchange);
  if (exchange.answer().final.kind == at::Final::Kind::silence) out_of_sync_ = true;
  co_return std::move(exchange.answer());
}

relay::Task<bool> Link::resync() {
  port_->discard_input();
  receiver_.reset();
  at::ResyncExchange exchange;
  co_await converse(exchange);
  out_of_sync_ = !exchange.in_sync();
  co_return exchange.in_sync();
}

}  // namespace modem
