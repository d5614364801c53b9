#include "hal/linux/network.hpp"

#include <cstring>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CppUTest/TestHarness.h>
#include <asio/io_context.hpp>

#include "relay/base/system_runtime.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace {

/// A network of this process alone, with a loopback that is down. Once: the process stays in it.
bool be_alone() {
  static const bool alone = ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWNET) == 0;
  return alone;
}

void set_loopback(bool up) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  CHECK(::ioctl(fd, SIOCGIFFLAGS, &request) == 0);
  request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  CHECK(::ioctl(fd, SIOCSIFFLAGS, &request) == 0);
  ::close(fd);
}

}  // namespace

TEST_GROUP(LinuxNetwork) {
  asio::io_context loop;
  relay::SystemClock clock;
  relay::SystemRandom random;
  relay::SystemTimerQueue timers{loop.get_executor(), clock};
  fakes::RecordedLog log;
  relay::Runtime runtime{loop.get_executor(), clock, timers, random, log};
};

TEST(LinuxNetwork, aLinkThatComesOrGoesIsToldByTheKernelAtOnce) {
  if (!be_alone()) return;  // not allowed here
  const auto network = hal::make_linux_network(runtime);
  int changes = 0;
  network->on_change([&] { ++changes; });
  loop.poll();
  LONGS_EQUAL(0, changes);
  for (const bool up : {true, false}) {
    changes = 0;
    set_loopback(up);
    loop.restart();
    while (changes == 0) loop.run_one();  // no timer is armed: only the kernel's word ends this
    LONGS_EQUAL(1, changes);              // a burst is one change
  }
  network->close();
}

TEST(LinuxNetwork, whatIsClosedTellsNothingMore) {
  if (!be_alone()) return;
  const auto network = hal::make_linux_network(runtime);
  network->on_change([] { FAIL("told after close"); });
  network->close();
  set_loopback(true);
  loop.restart();
  loop.run();
  set_loopback(false);
}
