#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "firmware/console/condition.hpp"
#include "firmware/console/context.hpp"

namespace firmware::console {

/// The word behind ERR: "E-USAGE", "E-NOT-FOUND", ... Stable: scripts wait for it, people read it over the telephone.
[[nodiscard]] std::string_view code_word(relay::ErrorCode code);
/// "OK" or "ERR E-... text", in one line.
[[nodiscard]] std::string closing_line(const relay::Result<Answer>& result);
/// What the filters of an invocation leave of an answer.
[[nodiscard]] std::string render(const Answer& answer, const std::vector<Invocation::Filter>& filters, bool as_json);

struct SessionSettings {
  relay::Millis idle{600'000};             ///< Without a key: logged off (security.md T14).
  relay::Millis command_limit{1'800'000};  ///< No command runs longer.
  bool greets_again = true;                ///< A serial line: after a log-out the next person may log in.
};

/// One terminal: greets, logs people in and out, reads and runs their commands.
class Session final : public Stage {
 public:
  /// All that is handed in outlives the session. `context.who.origin` names the place, for the audit log; its stage is
  /// the session itself.
  Session(relay::Runtime runtime, Terminal& terminal, const Context& context, SessionSettings settings);

  /// Returns when the line is gone, or (without greets_again) after the log-out.
  [[nodiscard]] relay::Task<> run();

  [[nodiscard]] relay::Task<> say(std::string text) override;
  [[nodiscard]] relay::Task<relay::Result<bool>> confirm(std::string question) override;
  [[nodiscard]] relay::Task<relay::Result<std::string>> ask(std::string prompt) override;
  [[nodiscard]] relay::Task<relay::Result<std::string>> ask_secret(std::string prompt) override;
  [[nodiscard]] Terminal* terminal() override { return &terminal_; }
  void log_out() override { logged_out_ = true; }

 private:
  relay::Task<bool> wake_up();
  relay::Task<> greet();
  relay::Task<std::optional<User>> log_in();
  relay::Task<bool> sit_out_failures();
  relay::Task<bool> renew_password(User user);
  relay::Task<> converse(User user);
  relay::Task<std::optional<std::string>> read_command(LineEditor& editor);
  relay::Task<> offer_completion(LineEditor& editor);
  relay::Task<std::string> prompt();
  relay::Task<> execute(std::string line);
  relay::Task<relay::Result<Answer>> run_command(const Invocation& invocation);
  void audit(const std::string& action, const std::string& outcome);
  [[nodiscard]] std::vector<std::string> names(std::string_view kind) const;

  relay::Runtime runtime_;
  Terminal& terminal_;
  SessionSettings settings_;
  Context context_;
  AdminClient& daemon_;
  Store& store_;
  const CommandTable& table_;
  Condition condition_;
  bool logged_out_ = false;
};

}  // namespace firmware::console
