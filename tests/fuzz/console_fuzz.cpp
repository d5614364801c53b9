// The maintenance console: key presses through the decoder into the line editor and the table of commands, text from
// outside through the filter, and a pasted settings file. Input: an octet that says which, and what it takes.
#include <algorithm>
#include <string>

#include "firmware/console/command_table.hpp"
#include "firmware/console/commands/commands.hpp"
#include "firmware/console/line_editor.hpp"
#include "firmware/console/printable.hpp"
#include "firmware/console/settings_text.hpp"
#include "firmware/console/support_text.hpp"
#include "relay/config/tree.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace firmware::console;
using fuzz::require;

constexpr std::string_view prompt = "box[DEG]> ";

const CommandTable& table() {
  static const CommandTable all(all_commands());
  return all;
}

std::vector<std::string> names(std::string_view kind) { return {std::string{kind}, "main", "main-2"}; }

/// One row of a VT100, as far as the editor may use it.
class Row {
 public:
  explicit Row(bool dumb) : dumb_(dumb) {}

  void write(std::string_view out) {
    while (!out.empty()) {
      char32_t character = 0;
      const std::size_t size = decode_utf8(out, character);
      require(size > 0, "the editor writes UTF-8");
      out.remove_prefix(size);
      if (character == U'\r') {
        at_ = 0;
      } else if (character == U'\n') {
        cells_.clear();
      } else if (character == U'\b') {
        require(at_ > 0, "the cursor stays on the screen");
        --at_;
      } else if (character == U'\x1b') {
        obey(out);
      } else if (character != U'\a') {
        require(character >= 0x20 && (character < 0x7f || character >= 0xa0), "no other control character is written");
        if (cells_.size() <= at_) cells_.resize(at_ + 1, U' ');
        cells_[at_++] = character;
      }
    }
  }
  [[nodiscard]] std::size_t cursor() const { return at_; }
  [[nodiscard]] std::string shown() const {
    std::string out;
    for (const char32_t c : cells_) append_utf8(out, c);
    return out;
  }
  [[nodiscard]] std::size_t width() const { return cells_.size(); }

 private:
  void obey(std::string_view& out) {
    require(!dumb_, "a dumb terminal gets no escape sequence");
    require(out.starts_with('['), "only control sequences are written");
    out.remove_prefix(1);
    std::size_t number = 0;
    for (; !out.empty() && out.front() >= '0' && out.front() <= '9'; out.remove_prefix(1))
      number = number * 10 + static_cast<std::size_t>(out.front() - '0');
    require(!out.empty(), "a control sequence ends");
    const char final = out.front();
    out.remove_prefix(1);
    if (final == 'K') {
      cells_.resize(std::min(cells_.size(), at_));
    } else if (final == 'C') {
      at_ += number;
    } else {
      require(final == 'D' && number <= at_, "a sequence is one of the three, within the screen");
      at_ -= number;
    }
  }

  bool dumb_;
  std::u32string cells_;
  std::size_t at_ = 0;
};

void check_command(const std::string& line) {
  const auto words = split_words(line);
  if (!words) return;
  const auto invocation = table().read(*words);
  if (!invocation) {
    require(!invocation.error().message.empty(), "what is not understood is explained");
    return;
  }
  require(invocation->command != nullptr && invocation->command->run != nullptr, "what is understood can be run");
  require(invocation->audited.starts_with(invocation->command->words), "the audit log has the words in full");
}

/// What the editor asks for with Tab and "?".
void assist(LineEditor& editor, LineEditor::Event event, Row& row) {
  const std::string before = editor.before_cursor();
  if (event == LineEditor::Event::complete) {
    const auto completion = table().complete(before, Role::admin, names);
    row.write(editor.insert(completion.insertion));
    for (const auto& candidate : completion.candidates) require(!candidate.empty(), "a candidate is a word");
  } else if (event == LineEditor::Event::help) {
    (void)table().explain(before, Role::tech);
    row.write("\r\n");
    row.write(editor.repaint());
  }
}

void press_keys(fuzz::Input input) {
  const std::size_t width = 40 + input.below(200);
  const bool dumb = input.below(2) == 1;
  const auto echo = input.below(8) == 0 ? LineEditor::Echo::hidden : LineEditor::Echo::shown;
  LineEditor editor({width, dumb});
  KeyDecoder decoder;
  Row row(dumb);
  row.write(editor.begin(std::string{prompt}, echo));
  for (const char byte : input.rest()) {
    const auto key = decoder.feed(byte);
    if (!key) continue;
    if (key->kind == Key::Kind::character) require(key->character >= 0x20, "a key's character is none that is obeyed");
    auto reaction = editor.press(*key);
    row.write(reaction.output);
    assist(editor, reaction.event, row);
    const std::string line = editor.line();
    require(columns(line) <= LineEditor::max_length, "a line is bounded");
    require(line.starts_with(editor.before_cursor()), "the cursor is in the line");
    if (reaction.event == LineEditor::Event::line) check_command(line);
    const bool over = reaction.event == LineEditor::Event::line || reaction.event == LineEditor::Event::interrupt ||
                      reaction.event == LineEditor::Event::end_of_input;
    if (over) {
      editor.remember(line);
      row.write(editor.begin(std::string{prompt}, echo));
      continue;
    }
    require(row.width() < width && row.cursor() < width, "the line never wraps");
    if (echo == LineEditor::Echo::hidden) {
      require(row.cursor() == prompt.size(), "a hidden line is not shown");
    } else if (columns(line) + prompt.size() + 1 < width) {
      std::string shown = row.shown();
      const std::string wanted = std::string{prompt} + line;
      require(shown.starts_with(wanted) && shown.find_first_not_of(' ', wanted.size()) == std::string::npos,
              "the screen shows the line");
      require(row.cursor() == prompt.size() + columns(editor.before_cursor()), "the cursor stands where it is");
    }
  }
}

void check_filter(std::string_view text) {
  for (const std::string& shown : {printable(text), printable_lines(text)}) {
    std::string_view rest = shown;
    while (!rest.empty()) {
      char32_t c = 0;
      const std::size_t size = decode_utf8(rest, c);
      require(size > 0, "what is shown is UTF-8");
      const bool obeyed = c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
                          (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c || c == 0xfeff;
      require(!obeyed || c == U'\n', "nothing that a terminal obeys is shown");
      rest.remove_prefix(size);
    }
    require(printable_lines(shown) == shown, "what is filtered stays as it is");
  }
  require(printable(text).find('\n') == std::string::npos, "one line stays one");
  const std::string masked = with_numbers_masked(text);
  require(with_numbers_masked(masked) == masked, "what is masked stays as it is");
}

/// Values of settings whose names say that they are secret, that stand in one piece in the file.
void find_secrets(const relay::config::Node& node, std::string_view file, std::vector<std::string>& found) {
  if (const auto* members = node.members()) {
    for (const auto& member : *members) find_secrets(member, file, found);
  } else if (const auto* text = std::get_if<std::string>(&node.value)) {
    constexpr std::size_t telling = 8;
    const bool once = file.find(*text) == file.rfind(*text);
    if (node.name == "auth_token" && text->size() >= telling && file.contains(*text) && once) found.push_back(*text);
  }
}

void paste_settings(fuzz::Input input) {
  const std::string path{input.text()};
  std::string value{input.text()};
  std::erase_if(value, [](char c) { return c == '\n' || c == '\r'; });  // the editor makes one line
  const std::string text{input.rest()};
  const std::string masked = with_secrets_masked(text);
  // Of several returns before a line feed each reading takes one away.
  if (!text.contains('\r')) require(with_secrets_masked(masked) == masked, "what is masked stays as it is");
  if (const auto root = relay::config::parse_toml(text, "relay.toml")) {
    std::vector<std::string> secrets;
    find_secrets(*root, text, secrets);
    for (const auto& secret : secrets) require(!masked.contains(secret), "no secret is shown");
    if (const auto restored = with_secrets_from(masked, text))
      require(with_secrets_from(*restored, text).has_value(), "what has its secrets keeps them");
  }
  require(difference(text, text).empty(), "a file does not differ from itself");
  const auto changed = with_setting(text, path, toml_value(value));
  if (!changed) return;
  require(without_setting(*changed, path).has_value(), "a setting that was given can be taken out");
  (void)difference(text, *changed);
}

void run(std::string_view bytes) {
  fuzz::Input input(bytes);
  switch (input.below(3)) {
    case 0:
      return press_keys(input);
    case 1:
      return check_filter(input.rest());
    default:
      return paste_settings(input);
  }
}

std::string keys(std::string_view typed) { return std::string{"\x00\x28\x00\x01", 4} + std::string{typed}; }
std::string pasted(std::string_view path, std::string_view value, std::string_view file) {
  const auto with_length = [](std::string_view text) {
    return std::string(1, static_cast<char>(text.size())) + std::string{text};
  };
  return "\x02" + with_length(path) + with_length(value) + std::string{file};
}

fuzz::Seeds seeds() {
  const std::string file =
      "[listen]\naddress = \"0.0.0.0:8443\" # here\n\n[chain]\nsms = [\n  \"tw\",\n]\n\n[providers.tw]\nkind = "
      "\"twilio\"\nauth_token = \"0123456789abcdef\"\n";
  fuzz::Seeds all{
      keys("sh\tstat\t\r"),
      keys("show sta?\x15show queue state queued limit 5 | include tw\r\x1b[A\x1b[D\x1b[3~\x17\x0b\r"),
      keys("config set providers.tw.from \"\\\"+1555\\\"\"\r"),
      keys("test send +15551230001 via tw wait 3\r"),
      keys("modem at AT+CPIN=1234\r"),
      keys("\xc3\xa4\xf0\x9f\x98\x80\x01\x1b[C\x7f\x1bOA\x1b[1~\x1b[4~\x0c\x03\x04"),
      keys(std::string(200, 'x') + "\x01y\x05z\x15"),
      std::string{"\x00\x00\x01\x00", 4} + "a secret\x7f\x7f\r",
      "\x01"
      "an \x1b[2J SMS said \xc2\x9b"
      "31m \x07 OK\r\n\xe2\x80\xae+15551230001\xff",
      pasted("admission.max_recipients", "7", file),
      pasted("chain.sms", "[a, b]", file),
      pasted("providers.tw.auth_token", "word", file),
      pasted("new.table", "\"x\"", "[providers.tw]\nauth_token = \"\"\"\n0123456789abcdef\n\"\"\"\nfrom = \"+1\"\n"),
      pasted("a.b", "1.5", "[providers]\ntw = {auth_token = \"0123456789abcdef\", from = \"x\"}\n")};
  for (const auto& command : table().commands()) all.push_back(keys(std::string{command.words} + " ?\x15\r"));
  return all;
}

const fuzz::Registration registration{{"console", &run, &seeds}};

}  // namespace
