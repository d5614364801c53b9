#include "relay/commit/commit_pacer.hpp"

#include <CppUTest/TestHarness.h>

using relay::Millis;
using relay::SteadyTime;
using relay::commit::CommitPacer;

namespace {

constexpr SteadyTime start{Millis{10'000}};

CommitPacer::Waiting paced(int count, SteadyTime since) {
  return {.urgent = false, .paced = count, .all = count, .paced_since = since, .relaxed_since = {}};
}
CommitPacer::Waiting relaxed(int count, SteadyTime since) {
  return {.urgent = false, .paced = 0, .all = count, .paced_since = {}, .relaxed_since = since};
}

}  // namespace

TEST_GROUP(CommitPacer) {
  CommitPacer pacer{{.rate_per_second = 20, .burst = 2, .group = 8, .relaxed_delay = Millis{250}}, start};

  void spend_tokens() {
    pacer.committed(start);
    pacer.committed(start);
  }
};

TEST(CommitPacer, nothingWaitingNeedsNoCommit) { CHECK_FALSE(pacer.commit_at({}, start).has_value()); }

TEST(CommitPacer, pacedWritesGoAtOnceWhileThereAreTokens) {
  CHECK(pacer.commit_at(paced(1, start), start) == start);
  pacer.committed(start);
  CHECK(pacer.commit_at(paced(1, start), start) == start);
  pacer.committed(start);
  CHECK(pacer.commit_at(paced(1, start), start) == start + Millis{50});
}

TEST(CommitPacer, withoutATokenTheyWaitForTheNextOne) {
  spend_tokens();
  const SteadyTime later = start + Millis{30};
  CHECK(pacer.commit_at(paced(1, later), later) == start + Millis{50});
  CHECK(pacer.commit_at(paced(1, later), start + Millis{50}) == start + Millis{50});
}

TEST(CommitPacer, companyOfEightNeedsNoToken) {
  spend_tokens();
  CHECK(pacer.commit_at(paced(7, start), start) == start + Millis{50});
  CHECK(pacer.commit_at(paced(8, start), start) == start);
}

TEST(CommitPacer, urgentWritesNeverWait) {
  spend_tokens();
  auto waiting = relaxed(3, start);
  waiting.urgent = true;
  CHECK(pacer.commit_at(waiting, start) == start);
}

TEST(CommitPacer, relaxedWritesWaitForCompanyUpToTheirDelay) {
  CHECK(pacer.commit_at(relaxed(1, start), start) == start + Millis{250});
  CHECK(pacer.commit_at(relaxed(256, start), start) == start);
  auto both = relaxed(1, start);
  both.paced = 1;
  both.paced_since = start + Millis{100};
  CHECK(pacer.commit_at(both, start + Millis{100}) == start + Millis{100});
}

TEST(CommitPacer, tokensComeBackUpToTheBurst) {
  spend_tokens();
  const SteadyTime much_later = start + Millis{60'000};
  for (int i = 0; i < 2; ++i) {
    CHECK(pacer.commit_at(paced(1, much_later), much_later) == much_later);
    pacer.committed(much_later);
  }
  CHECK(pacer.commit_at(paced(1, much_later), much_later) == much_later + Millis{50});
}

TEST(CommitPacer, sustainedLoadIsCommittedAtTheRate) {
  spend_tokens();
  int commits = 0;
  SteadyTime oldest = start;
  int waiting = 0;
  for (SteadyTime now = start; now < start + Millis{10'000}; now += Millis{20}) {  // 50 writes a second
    if (waiting++ == 0) oldest = now;
    if (*pacer.commit_at(paced(waiting, oldest), now) <= now) pacer.committed(now), ++commits, waiting = 0;
  }
  CHECK(commits <= 200);
  CHECK(commits >= 160);
}
