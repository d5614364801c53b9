#include "tests/sim/command_line.hpp"
#include "tests/sim/disk/vfs.hpp"

int main(int argc, char** argv) {
  sim::spare_sqlite_its_locks();
  return sim::run_command(argc, argv);
}
