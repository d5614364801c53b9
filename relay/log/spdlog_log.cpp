// The one file that knows spdlog.
#include "relay/log/spdlog_log.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "relay/log/rate_limit.hpp"

namespace relay::log {
namespace {

constexpr std::array settings{
    config::Setting{.name = "level",
                    .type = config::Type::text,
                    .default_value = "info",
                    .text = "The least severe level that is written.",
                    .reloadable = true,
                    .choices = "debug|info|warning|error"},
    // journald's own default lets 10,000 lines pass in 30 s: three events in a storm still fit.
    config::Setting{.name = "burst",
                    .type = config::Type::integer,
                    .default_value = "1000",
                    .text = "Lines of one event in 10 s; what is above is counted in a log_suppressed line.",
                    .min = 10,
                    .max = 1'000'000,
                    .reloadable = true},
};
constexpr config::Table table{.path = "log",
                              .kind = "",
                              .text = "What is written to standard error, which systemd hands to the journal.",
                              .settings = settings};

struct Level {
  LogLevel level;
  std::string_view name;
  std::string_view journal_prefix;  ///< The priorities of syslog(3): 3 error, 4 warning, 6 informational, 7 debug.
  spdlog::level::level_enum spdlog_level;
};
constexpr std::array<Level, 4> levels{{{LogLevel::debug, "debug", "<7>", spdlog::level::debug},
                                       {LogLevel::info, "info", "<6>", spdlog::level::info},
                                       {LogLevel::warning, "warning", "<4>", spdlog::level::warn},
                                       {LogLevel::error, "error", "<3>", spdlog::level::err}}};

const Level& level_of(LogLevel level) { return levels.at(static_cast<std::size_t>(level)); }

/// %* of the pattern: the priority as journald reads it from a line's beginning.
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    for (const Level& level : levels) {
      if (level.spdlog_level == message.level)
        out.append(level.journal_prefix.data(), level.journal_prefix.data() + level.journal_prefix.size());
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }
};

std::unique_ptr<spdlog::formatter> formatter_for(bool journal) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (journal) {
    formatter->add_flag<JournalPriority>('*').set_pattern("%*%v");
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v");
  }
  return formatter;
}

std::string_view event_of(std::string_view line) { return line.substr(0, line.find(' ')); }

}  // namespace

struct SpdlogLog::Output {
  using Sink = spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex>;

  Output(const LogOptions& options, std::FILE* target)
      : logger("relay", std::make_shared<Sink>(target)), level(options.level), limit(options.burst) {
    logger.set_level(spdlog::level::trace);  // enabled() has decided already.
    logger.set_formatter(formatter_for(options.journal));
  }

  void put(WallTime wall, LogLevel line_level, std::string_view line) {
    const spdlog::log_clock::time_point time{
        std::chrono::duration_cast<spdlog::log_clock::duration>(wall.time_since_epoch())};
    logger.log(time, spdlog::source_loc{}, level_of(line_level).spdlog_level,
               spdlog::string_view_t{line.data(), line.size()});
  }

  void put_suppressed(WallTime wall, const std::vector<RateLimit::Suppressed>& suppressed) {
    for (const auto& [event, count] : suppressed) {
      put(wall, LogLevel::warning, "log_suppressed event=" + event + " count=" + std::to_string(count));
    }
  }

  spdlog::logger logger;
  std::atomic<LogLevel> level;
  std::mutex limit_mutex;
  RateLimit limit;  ///< Under limit_mutex.
};

const config::Table& settings_table() { return table; }

LogOptions options_from(const config::Section& section) {
  LogOptions options;
  for (const Level& level : levels) {
    if (level.name == section.text("level")) options.level = level.level;
  }
  options.burst = static_cast<std::uint64_t>(section.integer("burst"));
  options.journal = stderr_is_journal();
  return options;
}

bool stderr_is_journal() {
  const char* stream =
      std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
  struct stat status{};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

SpdlogLog::SpdlogLog(const Clock& clock, const LogOptions& options, std::FILE* target)
    : clock_(clock), output_(std::make_unique<Output>(options, target)) {}

SpdlogLog::~SpdlogLog() { output_->put_suppressed(clock_.wall(), output_->limit.take_all_suppressed()); }

void SpdlogLog::configure(const LogOptions& options) {
  output_->level.store(options.level, std::memory_order_relaxed);
  const std::lock_guard lock{output_->limit_mutex};
  output_->limit.set_burst(options.burst);
}

bool SpdlogLog::enabled(LogLevel level) const { return level >= output_->level.load(std::memory_order_relaxed); }

void SpdlogLog::write(LogLevel level, std::string_view line) {
  const SteadyTime now = clock_.steady();
  bool admitted = false;
  std::vector<RateLimit::Suppressed> suppressed;
  {
    const std::lock_guard lock{output_->limit_mutex};
    suppressed = output_->limit.take_suppressed(now);
    admitted = output_->limit.admit(event_of(line), now);
  }
  const WallTime wall = clock_.wall();
  output_->put_suppressed(wall, suppressed);
  if (admitted) output_->put(wall, level, line);
}

}  // namespace relay::log
