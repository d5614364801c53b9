#include "relay/events/event_streams.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/concat.hpp"
#include "relay/events/event_body.hpp"

namespace relay::events {
namespace {

constexpr std::string_view greeting = "retry: 3000\n\n";  // a reader that lost us comes back after 3 s
constexpr std::string_view heartbeat_comment = ":\n\n";
/// The outbox forgets an application that has not listened for its event_history: told well within the least of those.
constexpr Millis listen_interval{600'000};

std::string frame(std::int64_t id, std::string_view type, std::string_view body) {
  return concat("id: ", id, "\nevent: ", type, "\ndata: ", body, "\n\n");
}

}  // namespace

class EventStreams::Stream final : public http::BodySource {
 public:
  Stream(EventStreams& owner, AppId app, std::int64_t after)
      : owner_(owner), app_(app), after_(after), listened_at_(owner.runtime_.clock.steady()), news_(owner.runtime_) {
    place_ = owner_.streams_.insert(owner_.streams_.end(), this);
  }
  ~Stream() override { owner_.streams_.erase(place_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] AppId app() const { return app_; }
  [[nodiscard]] bool is_open() const { return !stopped_; }
  void wake() { news_.notify(); }
  void stop() override {
    stopped_ = true;
    news_.notify();
  }

  Task<std::string> next() override {
    if (!std::exchange(greeted_, true)) co_return std::string{greeting};
    while (!stopped_ && owner_.may_listen_(app_)) {
      const auto page = co_await owner_.outbox_.events_after(app_, after_, owner_.limits_.page);
      if (!page) {
        owner_.runtime_.log.error("outbox_unreadable", {{"reason", page.error().message}});
        co_return std::string{};  // the reader comes back with the last id it has seen
      }
      std::string text = render(*page);
      if (!text.empty()) co_return text;
      const SteadyTime heartbeat_at = owner_.runtime_.clock.steady() + owner_.limits_.heartbeat;
      const bool news = co_await news_.wait_until(heartbeat_at);
      if (news) continue;
      co_await listen_again();
      co_return std::string{heartbeat_comment};
    }
    co_return std::string{};
  }

 private:
  std::string render(const outbox::EventPage& page) {
    std::string text;
    // An id from the future is of another outbox: what was seen there tells nothing of this one.
    if (after_ < page.dropped || after_ > page.newest) {
      const outbox::Event gap{.type = "stream.gap",
                              .data = concat(R"({"seen":)", after_, R"(,"dropped":)", page.dropped, "}"),
                              .at = owner_.runtime_.clock.wall()};
      after_ = page.dropped;
      text += frame(after_, gap.type, body_of(gap));
    }
    for (const auto& event : page.events) {
      if (event.id <= after_) continue;
      text += frame(event.id, event.type, body_of(event));
      after_ = event.id;
    }
    return text;
  }

  Task<> listen_again() {
    const SteadyTime now = owner_.runtime_.clock.steady();
    if (now - listened_at_ < listen_interval) co_return;
    listened_at_ = now;
    const auto kept = co_await owner_.outbox_.listen(app_);
    if (!kept) owner_.runtime_.log.error("outbox_unwritable", {{"reason", kept.error().message}});
  }

  EventStreams& owner_;
  AppId app_;
  std::int64_t after_;
  SteadyTime listened_at_;
  bool greeted_ = false;
  bool stopped_ = false;
  Notification news_;
  std::list<Stream*>::iterator place_;
};

EventStreams::EventStreams(Runtime runtime, outbox::Outbox& outbox, std::function<bool(AppId)> may_listen,
                           Limits limits)
    : runtime_(std::move(runtime)), outbox_(outbox), may_listen_(std::move(may_listen)), limits_(limits) {}

EventStreams::EventStreams(Runtime runtime, outbox::Outbox& outbox, std::function<bool(AppId)> may_listen)
    : EventStreams(std::move(runtime), outbox, std::move(may_listen), Limits{}) {}

EventStreams::~EventStreams() = default;

Task<Result<std::shared_ptr<http::BodySource>>> EventStreams::open(AppId app, std::optional<std::int64_t> after) {
  const auto listening = co_await outbox_.listen(app);
  if (!listening) co_return std::unexpected(listening.error());
  if (!after) {
    const auto page = co_await outbox_.events_after(app, 0, 0);
    if (!page) co_return std::unexpected(page.error());
    after = page->newest;
  }
  make_room(app);
  if (std::cmp_greater_equal(std::ranges::count_if(streams_, &Stream::is_open), limits_.most)) {
    co_return fail(ErrorCode::full, concat("there are ", limits_.most, " streams open already; try again later"));
  }
  co_return std::make_shared<Stream>(*this, app, *after);
}

/// Ends the application's oldest stream for a new one.
void EventStreams::make_room(AppId app) {
  const auto is_its = [app](const Stream* stream) { return stream->app() == app && stream->is_open(); };
  if (std::cmp_less(std::ranges::count_if(streams_, is_its), limits_.most_of_application)) return;
  (*std::ranges::find_if(streams_, is_its))->stop();
}

void EventStreams::wake(const std::vector<AppId>& apps) {
  for (Stream* stream : streams_) {
    if (std::ranges::find(apps, stream->app()) != apps.end()) stream->wake();
  }
}

}  // namespace relay::events
