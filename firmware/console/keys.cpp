#include "firmware/console/keys.hpp"

#include "firmware/console/printable.hpp"

namespace firmware::console {
namespace {

constexpr unsigned char escape = 0x1b;
constexpr std::size_t longest_sequence = 8;

std::optional<Key> arrow(unsigned char final) {
  switch (final) {
    case 'A':
      return Key{Key::Kind::up};
    case 'B':
      return Key{Key::Kind::down};
    case 'C':
      return Key{Key::Kind::right};
    case 'D':
      return Key{Key::Kind::left};
    case 'H':
      return Key{Key::Kind::home};
    case 'F':
      return Key{Key::Kind::end};
    default:
      return std::nullopt;
  }
}

std::optional<Key> editing_key(const std::string& parameter) {
  if (parameter == "1" || parameter == "7") return Key{Key::Kind::home};
  if (parameter == "3") return Key{Key::Kind::remove};
  if (parameter == "4" || parameter == "8") return Key{Key::Kind::end};
  return std::nullopt;
}

}  // namespace

std::optional<Key> KeyDecoder::feed(char byte) {
  const auto c = static_cast<unsigned char>(byte);
  switch (state_) {
    case State::plain:
      return plain(c);
    case State::escape:
      state_ = c == '[' ? State::sequence : c == 'O' ? State::keypad : State::plain;
      gathered_.clear();
      return state_ == State::plain && c != escape ? plain(c) : std::nullopt;
    case State::keypad:
      state_ = State::plain;
      return arrow(c);
    case State::sequence:
      return in_sequence(c);
    case State::utf8:
      break;
  }
  if ((c & 0xc0U) != 0x80U) {  // the character was cut off: what comes now is a key of its own
    state_ = State::plain;
    return plain(c);
  }
  gathered_ += byte;
  char32_t character = 0;
  if (decode_utf8(gathered_, character) == 0) {
    if (gathered_.size() >= 4) state_ = State::plain;
    return std::nullopt;
  }
  state_ = State::plain;
  return character < 0xa0 ? std::nullopt : std::optional{Key{Key::Kind::character, character}};
}

std::optional<Key> KeyDecoder::plain(unsigned char byte) {
  const bool after_return = after_return_;
  after_return_ = byte == '\r';
  if (byte >= 0xc2 && byte <= 0xf4) {
    state_ = State::utf8;
    gathered_.assign(1, static_cast<char>(byte));
    return std::nullopt;
  }
  if (byte >= 0x20 && byte < 0x7f) return Key{Key::Kind::character, byte};
  switch (byte) {
    case '\r':
      return Key{Key::Kind::enter};
    case '\n':
      return after_return ? std::nullopt : std::optional{Key{Key::Kind::enter}};
    case '\t':
      return Key{Key::Kind::tab};
    case 0x08:
    case 0x7f:
      return Key{Key::Kind::backspace};
    case escape:
      state_ = State::escape;
      return std::nullopt;
    case 0x1d:
      return Key{Key::Kind::control, U']'};
    default:
      break;
  }
  if (byte >= 1 && byte <= 26) return Key{Key::Kind::control, static_cast<char32_t>('a' + byte - 1)};
  return std::nullopt;
}

std::optional<Key> KeyDecoder::in_sequence(unsigned char byte) {
  if (byte >= 0x40 && byte <= 0x7e) {
    state_ = State::plain;
    return byte == '~' ? editing_key(gathered_) : arrow(byte);
  }
  const bool parameter = byte >= 0x20 && byte < 0x40;
  if (!parameter || gathered_.size() == longest_sequence) {
    state_ = State::plain;
    return parameter ? std::nullopt : plain(byte);
  }
  gathered_ += static_cast<char>(byte);
  return std::nullopt;
}

}  // namespace firmware::console
