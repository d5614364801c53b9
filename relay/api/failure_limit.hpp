#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "relay/base/time.hpp"

namespace relay::api {

/// Who guesses keys is made to wait: after ten failures within a minute an address gets no answer to its key until the
/// minute is over. Bounded; pure: time is passed in.
class FailureLimit {
 public:
  [[nodiscard]] bool is_over(const std::string& peer, SteadyTime now);
  void note(const std::string& peer, SteadyTime now);

 private:
  struct Failures {
    SteadyTime since{};
    int count = 0;
  };
  std::map<std::string, Failures> failures_;
};

}  // namespace relay::api
