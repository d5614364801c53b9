// A settings file, from its text to typed settings. Input: the file.
#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

#include "firmware/modem/settings.hpp"
#include "firmware/settings.hpp"
#include "relay/admission/admission.hpp"
#include "relay/config/changes.hpp"
#include "relay/config/document.hpp"
#include "relay/config/render.hpp"
#include "relay/config/values.hpp"
#include "relay/providers/aws/aws.hpp"
#include "relay/providers/common/settings.hpp"
#include "relay/providers/twilio/twilio.hpp"
#include "tests/fakes/scripted_http_client.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using relay::config::Document;

constexpr std::string_view file_name = "relay.toml";

relay::config::Environment environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    if (name == "SECRET") return "0123456789abcdef0123456789abcdef";
    return std::nullopt;
  };
}

/// No input may make the target read files.
bool names_a_file(std::string_view text) {
  return text.find("_file") != std::string_view::npos || text.find("_credential") != std::string_view::npos ||
         text.find('\\') != std::string_view::npos;
}

/// "FILE:LINE: what is wrong", a line each; without a line only for what the file does not have.
void check_error(std::string_view message, std::size_t lines_of_file) {
  require(!message.empty(), "an error has words");
  while (!message.empty()) {
    const auto end = std::min(message.find('\n'), message.size());
    std::string_view line = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
    require(line.starts_with(file_name), "each line of an error names the file");
    require(std::ranges::none_of(line, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }),
            "an error is fit for a terminal");
    line.remove_prefix(file_name.size());
    require(line.starts_with(':'), "and its line");
    std::size_t number = 0;
    const auto read = std::from_chars(line.data() + 1, line.data() + line.size(), number);
    if (read.ec == std::errc{}) {
      require(number >= 1 && number <= lines_of_file + 1, "which the file has");
    } else {
      require(line.find("is missing") != std::string_view::npos || line.starts_with(": and "),
              "but for what is missing");
    }
  }
}

void check_provider(const relay::config::Section& section) {
  const std::string& kind = section.text("kind");
  fakes::VirtualRuntime world;
  fakes::HttpScript script;
  const auto client = [&] { return std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script); };
  if (kind == "modem") {
    (void)modem::Settings::from(section);
    return;
  }
  if (kind != "aws-sms" && kind != "aws-sns" && kind != "twilio") return;
  (void)relay::providers::client_options(section);
  const auto made = kind == "aws-sms"   ? relay::providers::aws::make_sms(world.runtime(), section, client())
                    : kind == "aws-sns" ? relay::providers::aws::make_sns(world.runtime(), section, client())
                                        : relay::providers::twilio::make_twilio(world.runtime(), section, client());
  if (!made) {
    require(made.error().message.find("providers." + section.name()) != std::string::npos, "an error names the table");
    return;
  }
  const auto& traits = (*made)->traits();
  require(traits.name == section.name() && traits.kind == kind, "a provider is the one that was asked for");
  require(traits.max_in_flight >= 1 && traits.rate_per_second >= 0, "a provider's bounds are bounds");
}

void check_typed(const Document& document) {
  if (const auto listen = firmware::read_listen(document)) {
    require(listen->tls_certificate_file.empty() == listen->tls_key_file.empty(), "TLS has both its files or none");
  } else {
    require(listen.error().message.starts_with("[listen]"), "an error names the table");
  }
  if (const auto chain = firmware::read_chain(document)) {
    require(!chain->empty() && chain->size() <= document.sections("providers").size(), "a chain is of known providers");
  } else {
    require(chain.error().message.starts_with("[chain]"), "an error names the table");
  }
  const auto dispatch = firmware::read_dispatch(document);
  require(dispatch.breaker.failures_in_window >= 1 && dispatch.breaker.failures_in_window <= dispatch.breaker.window,
          "a breaker can open");
  const auto admission = relay::admission::read_settings(document.section("admission"));
  require(admission.max_recipients >= 1 && admission.max_text_characters >= 1, "something may enter");
  for (const auto* section : document.sections("providers")) check_provider(*section);
}

/// What --print-config shows loads again, and is the same but for the secrets.
void check_printed(const Document& document) {
  const std::string printed = relay::config::print(document);
  const auto again = Document::parse(printed, std::string{file_name}, firmware::settings_tables(), environment());
  require(again.has_value(), "the printed settings load again");
  for (const auto& change : relay::config::changes(document, *again)) {
    const auto& entries = document.entries();
    const auto entry = std::ranges::find(entries, change.table, &Document::Entry::path);
    require(entry != entries.end() && !change.setting.empty(), "no table comes or goes by printing");
    const auto& settings = entry->table->settings;
    const auto setting = std::ranges::find(settings, change.setting, &relay::config::Setting::name);
    require(setting != settings.end() && relay::config::is_secret(*setting), "printing changes the secrets alone");
  }
}

void run(std::string_view text) {
  if (names_a_file(text)) return;
  const auto document = Document::parse(text, std::string{file_name}, firmware::settings_tables(), environment());
  if (!document) {
    require(document.error().code == relay::ErrorCode::invalid_argument, "what cannot be read is the file's fault");
    return check_error(document.error().message, static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
  }
  check_typed(*document);
  check_printed(*document);
}

fuzz::Seeds seeds() {
  const std::string demo = "[chain]\nsms = [\"demo\"]\n[providers.demo]\nkind = \"demo\"\n";
  fuzz::Seeds all{
      demo,
      "[chain]\nsms = []\n",
      demo + "[listen]\naddress = \"[::1]:8080\"\n[admission]\nmax_life = \"2d\"\n",
      demo + "[listen]\naddress = \"nowhere\"\n[nonsense]\nx = 1\n",
      demo +
          "[providers.tw]\nkind = \"twilio\"\naccount_sid = \"AC00000000000000000000000000000000\"\nauth_token_env = "
          "\"SECRET\"\nfrom = \"+15550001111\"\n",
      demo +
          "[providers.eum]\nkind = \"aws-sms\"\nregion = \"eu-west-1\"\naccess_key_id = "
          "\"AKIDEXAMPLE\"\nsecret_access_key = \"x\"\n",
      demo +
          "[providers.sns]\nkind = \"aws-sns\"\nregion = \"eu-west-1\"\naccess_key_id = "
          "\"AKIDEXAMPLE\"\nsecret_access_key = \"x\"\nmax_price = \"0.5\"\n",
      demo + "[providers.gsm]\nkind = \"modem\"\ndevice = \"/dev/ttyUSB2\"\npin = \"1234\"\nbaud = 115200\n",
      demo + "[providers.\"a.b\"]\nkind = \"demo\"\n",
      demo + "[outbox]\nmax_bytes = \"2GiB\"\n[log]\nlevel = \"debug\"\n",
      "x = 1979-05-27T07:32:00Z\ny = [1, 2]\nz = {a = 1.5e400}\n",
      "[[chain]]\n",
      "a = \"\"\"\n"};
  all.push_back(relay::config::generate_sample(firmware::settings_tables()));
  return all;
}

const fuzz::Registration registration{{"settings", &run, &seeds}};

}  // namespace
