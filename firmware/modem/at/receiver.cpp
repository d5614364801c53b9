#include "firmware/modem/at/receiver.hpp"

#include <algorithm>
#include <utility>

#include "firmware/modem/at/lines.hpp"

namespace at {
namespace {

bool is_garbage(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f || octet == 0xff;
}

std::string_view trimmed(std::string_view text, bool after_prompt) {
  while (!text.empty() && (text.front() == ' ' || (after_prompt && text.front() == '>'))) text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

void Receiver::expect_prompt(bool awaited) {
  prompt_awaited_ = awaited;
  if (awaited) after_prompt_ = false;
}

std::vector<Incoming> Receiver::feed(std::string_view bytes) {
  std::vector<Incoming> out;
  for (const char c : bytes) {
    if (c == '\r' || c == '\n') {
      end_line(out);
    } else if (is_garbage(c)) {
      continue;
    } else if (c == '>' && prompt_awaited_ && line_.empty()) {
      prompt_awaited_ = false;
      after_prompt_ = true;
      out.push_back({Incoming::Kind::prompt, {}, {}});
    } else if (line_.size() < max_line) {
      line_ += c;
    } else {
      overlong_ = true;
    }
  }
  return out;
}

void Receiver::reset() {
  line_.clear();
  header_.reset();
  overlong_ = prompt_awaited_ = after_prompt_ = false;
}

void Receiver::end_line(std::vector<Incoming>& out) {
  std::string line{trimmed(std::exchange(line_, {}), after_prompt_)};
  if (std::exchange(overlong_, false)) {
    out.push_back({Incoming::Kind::overlong, {}, {}});
  } else if (!line.empty()) {
    take_line(std::move(line), out);
  }
}

void Receiver::take_line(std::string line, std::vector<Incoming>& out) {
  if (header_ && is_pdu(line)) {
    out.push_back({Incoming::Kind::line, std::move(*header_), std::move(line)});
    header_.reset();
    return;
  }
  // Another unasked line may stand between a header and its PDU; anything else means that the PDU does not come.
  const bool announces = announces_pdu(line);
  if (header_ && (announces || !is_unsolicited(line))) {
    out.push_back({Incoming::Kind::line, std::move(*header_), {}});
    header_.reset();
  }
  if (announces) {
    header_ = std::move(line);
  } else {
    out.push_back({Incoming::Kind::line, std::move(line), {}});
  }
}

}  // namespace at
