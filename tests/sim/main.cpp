#include <cstdio>

#include "tests/sim/command_line.hpp"

int main(int argc, char** argv) { return sim::run_command(argc, argv); }
