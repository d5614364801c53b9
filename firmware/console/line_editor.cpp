#include "firmware/console/line_editor.hpp"

#include <algorithm>

#include "firmware/console/printable.hpp"

namespace firmware::console {
namespace {

std::string encode(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

std::u32string decode(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    char32_t character = 0;
    const std::size_t size = decode_utf8(text, character);
    if (size != 0) out += character;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::size_t word_start(const std::u32string& text, std::size_t from) {
  while (from > 0 && text[from - 1] == U' ') --from;
  while (from > 0 && text[from - 1] != U' ') --from;
  return from;
}

}  // namespace

std::string LineEditor::begin(std::string prompt, Echo echo) {
  prompt_ = std::move(prompt);
  echo_ = echo;
  text_.clear();
  shown_.clear();
  draft_.clear();
  cursor_ = offset_ = at_ = recalled_ = 0;
  return "\r" + prompt_;
}

LineEditor::Reaction LineEditor::press(const Key& key) {
  using Kind = Key::Kind;
  if (key.kind == Kind::enter) return {move(at_, shown_.size()) + "\r\n", Event::line};
  if (is_control(key, U'c')) return {"^C\r\n", Event::interrupt};
  if (is_control(key, U'd') && text_.empty()) return {"\r\n", Event::end_of_input};
  if (is_control(key, U'l') || is_control(key, U'r')) return {"\r\n" + repaint()};
  if (echo_ == Echo::shown) {
    if (key.kind == Kind::tab) return {"", Event::complete};
    if (key.kind == Kind::character && key.character == U'?' && !in_quotes()) return {"?", Event::help};
  }
  if (!edit(key)) return {"\a"};
  return {paint()};
}

bool LineEditor::edit(const Key& key) {
  switch (key.kind) {
    case Key::Kind::character:
      if (text_.size() >= max_length) return false;
      text_.insert(cursor_++, 1, key.character);
      return true;
    case Key::Kind::backspace:
      if (cursor_ == 0) return false;
      text_.erase(--cursor_, 1);
      return true;
    case Key::Kind::remove:
      if (cursor_ == text_.size()) return false;
      text_.erase(cursor_, 1);
      return true;
    case Key::Kind::left:
      if (cursor_ == 0) return false;
      --cursor_;
      return true;
    case Key::Kind::right:
      if (cursor_ == text_.size()) return false;
      ++cursor_;
      return true;
    case Key::Kind::home:
      cursor_ = 0;
      return true;
    case Key::Kind::end:
      cursor_ = text_.size();
      return true;
    case Key::Kind::up:
      if (echo_ == Echo::hidden || recalled_ == history_.size()) return false;
      recall(recalled_ + 1);
      return true;
    case Key::Kind::down:
      if (echo_ == Echo::hidden || recalled_ == 0) return false;
      recall(recalled_ - 1);
      return true;
    case Key::Kind::control:
      return edit_control(key.character);
    case Key::Kind::enter:
    case Key::Kind::tab:
      return false;
  }
  return false;
}

bool LineEditor::edit_control(char32_t letter) {
  switch (letter) {
    case U'a':
      return edit({Key::Kind::home});
    case U'e':
      return edit({Key::Kind::end});
    case U'b':
      return edit({Key::Kind::left});
    case U'f':
      return edit({Key::Kind::right});
    case U'p':
      return edit({Key::Kind::up});
    case U'n':
      return edit({Key::Kind::down});
    case U'd':
      return edit({Key::Kind::remove});
    case U'k':
      text_.erase(cursor_);
      return true;
    case U'u':
      text_.erase(0, cursor_);
      cursor_ = 0;
      return true;
    case U'w': {
      const std::size_t start = word_start(text_, cursor_);
      text_.erase(start, cursor_ - start);
      cursor_ = start;
      return true;
    }
    default:
      return false;
  }
}

void LineEditor::recall(std::size_t position) {
  if (recalled_ == 0) draft_ = text_;
  recalled_ = position;
  replace(position == 0 ? draft_ : history_[history_.size() - position]);
}

void LineEditor::replace(const std::u32string& text) {
  text_ = text;
  cursor_ = text_.size();
}

std::string LineEditor::insert(std::string_view text) {
  for (const char32_t c : decode(text)) {
    if (text_.size() < max_length) text_.insert(cursor_++, 1, c);
  }
  return paint();
}

std::string LineEditor::repaint() {
  shown_.clear();
  at_ = 0;
  return "\r" + prompt_ + paint();
}

std::string LineEditor::line() const { return encode(text_); }
std::string LineEditor::before_cursor() const { return encode(std::u32string_view{text_}.substr(0, cursor_)); }

void LineEditor::remember(std::string line) {
  auto text = decode(line);
  if (text.empty() || (!history_.empty() && history_.back() == text)) return;
  history_.push_back(std::move(text));
  if (history_.size() > max_history) history_.pop_front();
}

bool LineEditor::in_quotes() const {
  return std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(cursor_), U'"') % 2 != 0;
}

/// Brings the screen to what it should show, by the shortest way that a VT100 knows.
std::string LineEditor::paint() {
  if (echo_ == Echo::hidden) return "";
  const std::size_t taken = columns(prompt_) + 1;  // the last column stays free: terminals differ in what happens there
  const std::size_t room = std::max<std::size_t>(screen_.width > taken ? screen_.width - taken : 0, 8);
  if (cursor_ < offset_ || cursor_ > offset_ + room) offset_ = cursor_ > room / 2 ? cursor_ - room / 2 : 0;
  if (text_.size() <= room) offset_ = 0;
  const std::u32string wanted = text_.substr(offset_, room);
  std::string out;
  if (wanted != shown_) {
    const auto differ = std::ranges::mismatch(wanted, shown_);
    const auto same = static_cast<std::size_t>(differ.in1 - wanted.begin());
    out += move(at_, same);
    out += encode(std::u32string_view{wanted}.substr(same));
    at_ = wanted.size();
    if (shown_.size() > wanted.size()) {
      const std::size_t rest = shown_.size() - wanted.size();
      out += screen_.dumb ? std::string(rest, ' ') + std::string(rest, '\b') : "\x1b[K";
    }
    shown_ = wanted;
  }
  out += move(at_, cursor_ - offset_);
  at_ = cursor_ - offset_;
  return out;
}

std::string LineEditor::move(std::size_t from, std::size_t to) const {
  const std::size_t distance = from > to ? from - to : to - from;
  const bool jump = !screen_.dumb && distance > 4;
  if (from > to) return jump ? "\x1b[" + std::to_string(distance) + "D" : std::string(distance, '\b');
  return jump ? "\x1b[" + std::to_string(distance) + "C" : encode(std::u32string_view{shown_}.substr(from, distance));
}

}  // namespace firmware::console
