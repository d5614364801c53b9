#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"

namespace relay::log {

/// The table "log" of the settings file. Both settings take effect at SIGHUP (SpdlogLog::configure).
[[nodiscard]] const config::Table& settings_table();

struct LogOptions {
  LogLevel level = LogLevel::info;
  std::uint64_t burst = 1000;  ///< Lines of one event in 10 s; see RateLimit.
  /// How lines begin: true gives journald its priorities ("<6>", sd-daemon(3)), false a UTC timestamp and the level,
  /// for people.
  bool journal = false;
};

/// From the checked section "log"; `journal` as stderr_is_journal() says.
[[nodiscard]] LogOptions options_from(const config::Section& section);

/// Whether this process's stderr goes to journald: JOURNAL_STREAM names the device and inode of stderr itself
/// (systemd.exec(5)).
[[nodiscard]] bool stderr_is_journal();

/// The log of a program: each line is written whole, at once and by the calling thread, so that a crash loses none and
/// no queue grows. Safe from any thread. Bounded in rate per event; drops are told in one "log_suppressed event=...
/// count=..." line when their window has passed and the next line of any event comes, or at the end.
class SpdlogLog final : public Log {
 public:
  /// `clock` must outlive the log; `target` stays the caller's.
  SpdlogLog(const Clock& clock, const LogOptions& options, std::FILE* target = stderr);
  ~SpdlogLog() override;
  SpdlogLog(const SpdlogLog&) = delete;
  SpdlogLog& operator=(const SpdlogLog&) = delete;

  /// Takes over level and burst; the form of the lines stays.
  void configure(const LogOptions& options);

 protected:
  [[nodiscard]] bool enabled(LogLevel level) const override;
  void write(LogLevel level, std::string_view line) override;

 private:
  struct Output;  // spdlog stays in the .cpp: its headers are slow to compile.
  const Clock& clock_;
  std::unique_ptr<Output> output_;
};

}  // namespace relay::log
