// What libFuzzer calls. A fuzz program links exactly one target.
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The very bytes, not a copy in a string: a read beyond them is a read beyond their allocation.
  fuzz::targets().front().run(size == 0 ? std::string_view{""}
                                        : std::string_view{reinterpret_cast<const char*>(data), size});
  return 0;
}
