#include "relay/log/spdlog_log.hpp"

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "relay/config/document.hpp"
#include "relay/log/rate_limit.hpp"

using relay::LogLevel;
using relay::Millis;
using relay::log::LogOptions;
using relay::log::SpdlogLog;

namespace {
class FixedClock final : public relay::Clock {
 public:
  [[nodiscard]] relay::SteadyTime steady() const override { return steady_; }
  [[nodiscard]] relay::WallTime wall() const override { return relay::from_ms<relay::WallTime>(1'795'257'000'123); }
  [[nodiscard]] std::string boot_id() const override { return "boot"; }
  void advance(Millis by) { steady_ += by; }

 private:
  relay::SteadyTime steady_{Millis{5}};
};
}  // namespace

TEST_GROUP(SpdlogLog) {
  FixedClock clock;
  char* buffer = nullptr;
  std::size_t size = 0;
  std::FILE* target = nullptr;

  void setup() override { target = ::open_memstream(&buffer, &size); }
  void teardown() override {
    (void)std::fclose(target);
    std::free(buffer);
  }
  std::string written() const {
    (void)std::fflush(target);
    return {buffer, size};
  }
};

TEST(SpdlogLog, forPeopleALineHasATimeAndALevel) {
  SpdlogLog log{clock, LogOptions{.level = LogLevel::debug}, target};
  log.info("ready", {{"port", 8080}});
  log.warning("slow");
  STRCMP_EQUAL("2026-11-21T10:30:00.123Z info    ready port=8080\n2026-11-21T10:30:00.123Z warning slow\n",
               written().c_str());
}

TEST(SpdlogLog, forTheJournalALineHasItsPriority) {
  SpdlogLog log{clock, LogOptions{.level = LogLevel::debug, .journal = true}, target};
  log.debug("a");
  log.info("b");
  log.warning("c");
  log.error("d {} %v");
  STRCMP_EQUAL("<7>a\n<6>b\n<4>c\n<3>d {} %v\n", written().c_str());
}

TEST(SpdlogLog, theLevelFiltersAndCanChange) {
  SpdlogLog log{clock, LogOptions{.level = LogLevel::warning, .journal = true}, target};
  log.info("unseen");
  log.configure(LogOptions{.level = LogLevel::info});
  log.info("seen");
  STRCMP_EQUAL("<6>seen\n", written().c_str());
}

TEST(SpdlogLog, aStormIsCutAndCounted) {
  {
    SpdlogLog log{clock, LogOptions{.burst = 2, .journal = true}, target};
    for (int i = 0; i < 10; ++i) log.info("storm", {{"i", i}});
    clock.advance(relay::log::RateLimit::window);
    for (int i = 0; i < 3; ++i) log.info("calm");
  }
  STRCMP_EQUAL(
      "<6>storm i=0\n<6>storm i=1\n<4>log_suppressed event=storm count=8\n<6>calm\n<6>calm\n<4>log_suppressed "
      "event=calm count=1\n",
      written().c_str());
}

TEST(SpdlogLog, linesOfSeveralThreadsStayWhole) {
  SpdlogLog log{clock, LogOptions{.burst = 100'000, .journal = true}, target};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < 200; ++i) log.info("line", {{"text", std::string(50, static_cast<char>('a' + t))}});
      });
    }
  }
  std::size_t lines = 0;
  const std::string all = written();
  for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) {
    STRCMP_EQUAL("<6>line text=", all.substr(at, 13).c_str());
    LONGS_EQUAL(at + 13 + 50, all.find('\n', at));
    ++lines;
  }
  LONGS_EQUAL(800, lines);
}

TEST(SpdlogLog, itsTableIsInOrderAndGivesTheOptions) {
  const std::vector<const relay::config::Table*> tables{&relay::log::settings_table()};
  CHECK_TRUE(relay::config::check_tables(tables).empty());
  const auto none = [](const std::string&) { return std::optional<std::string>{}; };
  const auto document = relay::config::Document::parse("[log]\nlevel = \"error\"\nburst = 10\n", "f", tables, none);
  const auto options = relay::log::options_from(document->section("log"));
  CHECK_TRUE(options.level == LogLevel::error);
  LONGS_EQUAL(10, options.burst);
}
