#include "relay/message/transitions.hpp"

#include <set>
#include <utility>

#include <CppUTest/TestHarness.h>

using relay::is_final;
using relay::is_lawful;
using relay::State;
using relay::state_count;

TEST_GROUP(Transitions){};

TEST(Transitions, exactlyTheLawfulOnes) {
  using enum State;
  const std::set<std::pair<State, State>> lawful{
      {queued, sending}, {queued, sent},      {queued, delivered}, {queued, failed},       {queued, expired},
      {queued, blocked}, {queued, cancelled}, {queued, unknown},   {sending, queued},      {sending, sent},
      {sending, failed}, {sending, expired},  {sending, blocked},  {sending, unknown},     {sending, delivered},
      {sent, delivered}, {sent, failed},      {sent, unconfirmed}, {sending, unconfirmed}, {queued, unconfirmed},
      {sent, queued},
  };
  for (int from = 0; from < state_count; ++from) {
    for (int to = 0; to < state_count; ++to) {
      const auto change = std::pair{static_cast<State>(from), static_cast<State>(to)};
      CHECK(is_lawful(change.first, change.second) == lawful.contains(change));
    }
  }
}

TEST(Transitions, noneLeavesAFinalState) {
  for (int from = 0; from < state_count; ++from) {
    for (int to = 0; to < state_count; ++to) {
      CHECK_FALSE(is_final(static_cast<State>(from)) && is_lawful(static_cast<State>(from), static_cast<State>(to)));
    }
  }
}
