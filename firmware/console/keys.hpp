#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace firmware::console {

/// One key press.
struct Key {
  enum class Kind : std::uint8_t {
    character,
    enter,
    tab,
    backspace,
    remove,  ///< Delete: the character under the cursor.
    left,
    right,
    up,
    down,
    home,
    end,
    control,  ///< Ctrl with the letter in `character` ('a' to 'z', ']').
  };
  Kind kind = Kind::character;
  char32_t character = 0;

  bool operator==(const Key&) const = default;
};
[[nodiscard]] constexpr bool is_control(const Key& key, char32_t letter) {
  return key.kind == Key::Kind::control && key.character == letter;
}

/// Makes key presses of the bytes of a VT100 line (ECMA-48, 5.4: ESC [ parameters final; ESC O final for the keypad's
/// mode). What line noise makes of them is dropped: broken UTF-8, unknown control characters, sequences that do not
/// end. CR, LF and CR LF are each one Enter. Pure.
class KeyDecoder {
 public:
  [[nodiscard]] std::optional<Key> feed(char byte);

 private:
  enum class State : std::uint8_t { plain, escape, sequence, keypad, utf8 };
  [[nodiscard]] std::optional<Key> plain(unsigned char byte);
  [[nodiscard]] std::optional<Key> in_sequence(unsigned char byte);

  State state_ = State::plain;
  std::string gathered_;
  bool after_return_ = false;
};

}  // namespace firmware::console
