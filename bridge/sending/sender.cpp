#include "bridge/sending/sender.hpp"

#include <utility>

#include "relay/base/concat.hpp"

namespace bridge::sending {
namespace {

using relay::concat;
using relay::Result;
using relay::Task;
using relay::providers::SendResult;

constexpr relay::Millis stop_grace{5'000};
constexpr relay::Millis keep_time_interval{60'000};
constexpr int prune_every = 60;            // of keep_time_interval
constexpr relay::Millis prune_pause{100};  // between steps, so that messages go in between
/// Longer than the keys of handovers are known.
constexpr relay::Millis history = std::chrono::days{45};

/// A server's disk is no flash card: nothing waits for company.
relay::outbox::SqliteOutboxSettings outbox_settings(const SendingSettings& settings, const Sender::Parts& parts) {
  relay::outbox::SqliteOutboxSettings out;
  out.path = concat(settings.directory, "/outbox-", parts.tenant, ".db");
  out.thread = parts.thread;
  out.page_size = 4096;
  out.cache_kib = 2048;
  out.max_file_bytes = settings.max_size;
  out.commit_rate = 1000;
  out.commit_burst = 1000;
  out.relaxed_delay = relay::Millis{20};
  return out;
}

}  // namespace

Result<std::unique_ptr<Sender>> Sender::make(Parts parts, const SendingSettings& settings,
                                             const relay::config::Document& chain) {
  auto outbox = relay::outbox::SqliteOutbox::open(parts.runtime, outbox_settings(settings, parts));
  if (!outbox) return std::unexpected(outbox.error());
  std::unique_ptr<Sender> sender(new Sender(std::move(parts), settings, std::move(*outbox)));
  auto made = sender->make_chain(settings, chain);
  if (!made) return std::unexpected(made.error());
  return sender;
}

Sender::Sender(Parts parts, const SendingSettings& settings, std::unique_ptr<relay::outbox::SqliteOutbox> outbox)
    : parts_(std::move(parts)),
      max_size_(settings.max_size),
      outbox_(std::move(outbox)),
      receipts_(parts_.runtime, *outbox_,
                [this](relay::MessageId, relay::MessageClass, relay::State) { tidings_.poke(); }),
      tidings_({.runtime = parts_.runtime,
                .tenant = parts_.tenant,
                .outbox = *outbox_,
                .store = parts_.store,
                .directory = parts_.directory,
                .on_stored = parts_.on_stored}),
      hold_(parts_.runtime, *outbox_, {.ordinary = settings.hold, .urgent = settings.hold_urgent},
            [this] { tidings_.poke(); }),
      handovers_({.runtime = parts_.runtime,
                  .outbox = *outbox_,
                  .no_way_out = [this](const relay::Message& message) { return no_way_out(message); },
                  .on_taken = [this](const relay::Message& message) { hold_.watch(message); },
                  .max_queued = settings.max_queued}),
      tasks_(parts_.runtime) {}

Sender::~Sender() = default;

Result<bool> Sender::make_chain(const SendingSettings& settings, const relay::config::Document& chain) {
  auto providers =
      make_providers(chain, {.runtime = parts_.runtime,
                             .make_client = parts_.make_client,
                             .on_demo_receipt =
                                 [this](const relay::providers::demo::Receipt& receipt) {
                                   receipts_.take({.provider = receipt.provider,
                                                   .ref = receipt.ref,
                                                   .status = receipt.status,
                                                   .code = receipt.code,
                                                   .at = parts_.runtime.clock.wall()});
                                 },
                             .twilio_token = [this](std::string_view account) -> std::optional<std::string> {
                               auto secret = parts_.directory.secret("twilio", account);
                               if (!secret || secret->tenant != parts_.tenant) return std::nullopt;
                               return std::move(secret->value);
                             },
                             .public_url = settings.public_url});
  if (!providers) return std::unexpected(providers.error());
  providers_ = std::move(*providers);
  std::vector<relay::providers::Provider*> pointers;
  for (const auto& provider : providers_) pointers.push_back(provider.get());
  relay::dispatch::DispatchObserver& observer = *this;
  dispatcher_ = std::make_unique<relay::dispatch::Dispatcher>(parts_.runtime, *outbox_, pointers,
                                                              relay::dispatch::DispatchSettings{}, observer);
  poller_ = std::make_unique<relay::receipts::ReceiptPoller>(parts_.runtime, *outbox_, pointers, receipts_);
  receipts_.on_moved_on([this](relay::MessageId id, const relay::outbox::Receipt& receipt) {
    dispatcher_->refused_late(id, receipt.provider, receipt.channel_refused);
  });
  webhook_receipts_.emplace(relay::receipts::WebhookReceipts::Ports{
      .outbox = *outbox_,
      .receipts = receipts_,
      .providers = pointers,
      .late_answer = [this](relay::outbox::AttemptProof proof, std::string provider) {
        dispatcher_->late_answer(std::move(proof), std::move(provider));
      }});
  return true;
}

Task<Result<bool>> Sender::start() {
  auto recovered = co_await dispatcher_->recover();
  if (!recovered) co_return std::unexpected(recovered.error());
  dispatcher_->start();
  poller_->start();
  tidings_.start();
  hold_.start();
  tasks_.spawn("sending.keep_house", keep_house());
  parts_.runtime.log.info("sending", {{"tenant", parts_.tenant},
                                      {"providers", providers_.size()},
                                      {"queued", outbox_->counters().queued()},
                                      {"interrupted", *recovered}});
  co_return true;
}

Task<> Sender::stop() {
  co_await hold_.stop();
  co_await dispatcher_->stop(stop_grace);
  co_await poller_->stop();
  co_await tidings_.stop();
  co_await tasks_.stop();
  co_await receipts_.stop();
  co_await outbox_->close();
}

/// One whose message we do not have is another's: a box's own, which sends by itself.
Task<Result<bool>> Sender::take_receipt(relay::providers::WebhookEvent event) {
  const auto id = relay::MessageId::parse(event.message);
  if (id) {
    const auto record = co_await outbox_->find(*id, std::nullopt);
    if (!record && record.error().code == relay::ErrorCode::not_found) co_return false;
    if (!record) co_return std::unexpected(record.error());
  }
  auto taken = co_await webhook_receipts_->take(std::move(event));
  if (!taken) co_return taken;
  co_return id.has_value() || *taken;
}

std::optional<std::string> Sender::no_way_out(const relay::Message& message) const {
  using Kind = relay::chain::Choice::Kind;
  const auto choice = dispatcher_->chain().choose({.channel = message.channel, .message_class = message.message_class},
                                                  parts_.runtime.clock.steady());
  if (choice.kind == Kind::provider || choice.kind == Kind::wait) return std::nullopt;
  if (choice.kind == Kind::exhausted)
    return concat("the chain of the tenant has no provider of ", name_of(message.channel));
  std::string why = "no provider can be used now";
  for (const auto& provider : dispatcher_->figures()) {
    if (provider.channel == message.channel) why += concat("; ", provider.name, ": ", provider.why_not);
  }
  return why;
}

Task<> Sender::keep_house() {
  for (int turn = 0;; turn = (turn + 1) % prune_every) {
    const auto kept = co_await outbox_->keep_time();
    if (!kept)
      parts_.runtime.log.error("outbox_unwritable", {{"tenant", parts_.tenant}, {"reason", kept.error().message}});
    bool more = turn == 0;
    while (more) {
      const auto pruned = co_await outbox_->prune(outbox_->timeline().now() - history, max_size_ / 4 * 3);
      if (!pruned) {
        parts_.runtime.log.error("outbox_unwritable", {{"tenant", parts_.tenant}, {"reason", pruned.error().message}});
      }
      more = pruned && *pruned > 0;
      co_await sleep_for(parts_.runtime, prune_pause);
    }
    co_await sleep_for(parts_.runtime, keep_time_interval);
  }
}

// --- what the dispatcher tells ---

void Sender::attempt_ended(const std::string& provider, const relay::Message& message, const SendResult& result,
                           relay::Millis /*duration*/) {
  if (result.outcome == relay::Outcome::accepted) poller_->accepted(message, provider, result);
}

void Sender::accepted_after_all(const std::string& provider, const relay::Message& message, const SendResult& result) {
  poller_->accepted(message, provider, result);
}

void Sender::message_moved(const relay::Message& /*message*/, relay::State to) {
  if (relay::is_final(to)) tidings_.poke();
}

void Sender::breaker_changed(const std::string& provider, bool open, std::string_view code, std::string_view detail) {
  parts_.runtime.log.warning(open ? "breaker_opened" : "breaker_closed",
                             {{"tenant", parts_.tenant}, {"provider", provider}, {"code", code}, {"reason", detail}});
}

void Sender::fallback_changed(bool active, const std::string& primary, const std::string& used) {
  parts_.runtime.log.warning(active ? "fallback_used" : "fallback_ended",
                             {{"tenant", parts_.tenant}, {"primary", primary}, {"used", used}});
}

void Sender::path_changed(relay::Channel channel, bool available) {
  parts_.runtime.log.warning(available ? "path_up" : "path_down",
                             {{"tenant", parts_.tenant}, {"channel", name_of(channel)}});
}

}  // namespace bridge::sending
