#include "relay/providers/console/console.hpp"

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "relay/providers/common/answer.hpp"
#include "relay/providers/common/settings.hpp"
#include "relay/providers/common/text.hpp"

namespace relay::providers::console {
namespace {

constexpr auto table_settings = common_settings({"1", "0", "0s"});
constexpr TextLimit text_limit{1600, 6400};

/// A text from outside must neither forge lines nor command the terminal.
std::string visible(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
    } else {
      out += c;
    }
  }
  return out;
}

class ConsoleProvider final : public Provider {
 public:
  ConsoleProvider(Traits traits, std::string repeat_prefix, std::ostream& out)
      : traits_(std::move(traits)), repeat_prefix_(std::move(repeat_prefix)), out_(out) {}

  [[nodiscard]] const Traits& traits() const override { return traits_; }

  [[nodiscard]] Task<SendResult> send(SendRequest request) override {
    const Message& message = *request.message;
    if (!std::holds_alternative<SmsContent>(message.content))
      co_return refused_here("channel", "This provider carries SMS only.");
    out_ << "sms to=" << visible(message.to) << " from=" << visible(message.from) << " segments=" << message.segments
         << " text=\"" << visible(outgoing_text(request, repeat_prefix_, text_limit)) << "\"" << std::endl;
    SendResult result;
    result.outcome = Outcome::accepted;
    result.code = "printed";
    result.detail = "Printed on the console; nothing was sent.";
    co_return result;
  }

 private:
  Traits traits_;
  std::string repeat_prefix_;
  std::ostream& out_;
};

}  // namespace

const config::Table& settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "console",
                                       .text = "For development: prints messages instead of sending them.",
                                       .settings = table_settings};
  return table;
}

std::unique_ptr<Provider> make_console(const config::Section& section, std::ostream& out) {
  Traits traits = traits_of(section, "console");
  traits.needs_uplink = false;
  return std::make_unique<ConsoleProvider>(std::move(traits), section.text("repeat_prefix"), out);
}

}  // namespace relay::providers::console
