#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace fuzz {
namespace {

std::vector<Target>& list() {
  static std::vector<Target> all;
  return all;
}

}  // namespace

void require(bool holds, std::string_view property, std::source_location place) {
  if (holds) return;
  (void)std::fprintf(stderr, "%s:%u: property violated: %.*s\n", place.file_name(), place.line(),
                     static_cast<int>(property.size()), property.data());
  std::abort();
}

std::uint8_t Input::octet() {
  if (rest_.empty()) return 0;
  const auto first = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return first;
}

int Input::number16() {
  const int high = octet();
  return high << 8 | octet();
}

std::string_view Input::take(std::size_t most) {
  const std::string_view taken = rest_.substr(0, most);
  rest_.remove_prefix(taken.size());
  return taken;
}

Registration::Registration(Target target) {
  auto& all = list();
  all.insert(std::ranges::upper_bound(all, target.name, {}, &Target::name), target);
}

const std::vector<Target>& targets() { return list(); }

}  // namespace fuzz
