#pragma once

#include <string>
#include <vector>

#include "firmware/console/context.hpp"

namespace firmware::console {

/// One point of the self-test.
struct Check {
  enum class Verdict : std::uint8_t { pass, warn, fail, absent };
  Verdict verdict = Verdict::pass;
  std::string subject;
  std::string found;   ///< What is so.
  std::string remedy;  ///< What to do next; empty when nothing is.
};
[[nodiscard]] std::string_view name_of(Check::Verdict verdict);

/// Looks at everything between the power supply and the providers; sends no message and changes nothing. `full` also
/// reads the whole outbox for damage (if no daemon has it) and asks the providers' servers for their certificates.
[[nodiscard]] relay::Task<std::vector<Check>> run_self_test(Context& context, bool full);

/// Where the providers of a settings file are reached: host names, by its text. Pure.
[[nodiscard]] std::vector<std::string> provider_hosts(const std::string& settings);

/// One page to print, sign and file.
[[nodiscard]] std::string commissioning_report(const std::vector<Check>& checks, const Context& context, bool full);

}  // namespace firmware::console
