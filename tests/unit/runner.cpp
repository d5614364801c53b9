#include <cstdlib>
#include <iostream>

#include <CppUTest/CommandLineTestRunner.h>
#include <CppUTest/TestRegistry.h>

#include "relay/base/planted_fault.hpp"

int main(int argc, char** argv) {
  // CppUTest's own leak detector overloads new; the asan preset is this project's leak detector.
  MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
  // In the mutants build a test can be run with a fault switched on: does it notice? (tools/mutants --unit)
  if constexpr (relay::has_planted_faults) {
    const char* fault = std::getenv("EDGE_RELAY_PLANT");
    if (fault != nullptr && !relay::plant(fault)) {
      std::cerr << "EDGE_RELAY_PLANT: there is no planted fault \"" << fault << "\"\n";
      return 2;
    }
  }
  return CommandLineTestRunner::RunAllTests(argc, argv);
}
