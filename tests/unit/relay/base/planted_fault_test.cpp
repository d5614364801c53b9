#include "relay/base/planted_fault.hpp"

#include <set>
#include <string>

#include <CppUTest/TestHarness.h>

using relay::has_planted_faults;
using relay::plant;
using relay::planted;
using relay::planted_faults;
using Fault = relay::PlantedFault;

#if !defined(EDGE_RELAY_PLANTED_FAULTS)
// What every build but `mutants` is made of: the compiler sees a constant and drops the branch.
static_assert(!has_planted_faults);
static_assert(!planted(Fault::acknowledged_before_commit));
static_assert(!planted(Fault::inbound_deleted_before_commit));
static_assert(!plant("acknowledged_before_commit"));
static_assert(planted_faults().empty());
#endif

TEST_GROUP(PlantedFault){};

TEST(PlantedFault, AnUnknownNameSwitchesNothingOn) { CHECK_FALSE(plant("no_such_fault")); }

TEST(PlantedFault, EachHasANameOfItsOwnAnInvariantAndASentence) {
  std::set<std::string> names;
  for (const auto& entry : planted_faults()) {
    CHECK_TEXT(names.emplace(entry.name).second, std::string{entry.name}.c_str());
    CHECK_FALSE(entry.invariant.empty());
    CHECK_FALSE(entry.text.empty());
  }
}

TEST(PlantedFault, OneIsSwitchedOnAtATime) {
  if (!has_planted_faults) return;
  CHECK_TRUE(plant("probe_not_single"));
  CHECK_TRUE(planted(Fault::probe_not_single));
  CHECK_TRUE(plant("weight_ignored"));
  CHECK_FALSE(planted(Fault::probe_not_single));
  CHECK_TRUE(planted(Fault::weight_ignored));
}
