"""From the start of the program to its readiness, with a long queue."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

from edge_relay_harness.box import Box
from edge_relay_harness.waiting import TimedOut

from .rows import Row, median
from .submitter import fill
from .world import World, figure_of, no_way_out, pause_for_calm

QUEUED = 100_000
STARTS = 5
GOAL_MS = 300
LIMIT_S = 60.0


def start() -> Iterator[Row]:
    """After a clean stop, and after kill -9, which leaves a write-ahead log to be read."""
    with World() as world:
        port = _free_port()
        box = world.box(no_way_out(world.directory), listen={"address": f"127.0.0.1:{port}"}, admission={"max_queued_per_app": 2 * QUEUED}).start()
        fill(box, QUEUED)
        for how, end in (("after a clean stop", box.stop), ("after kill -9", box.kill9)):
            times = [_restart_ms(box, port, end) for _ in range(STARTS)]
            queued = figure_of(box, "relay_queue_messages", state="queued")
            if queued != QUEUED:
                raise AssertionError(f"{queued:.0f} messages are queued after the restart, not {QUEUED}")
            measured = f"median {median(times):.0f}, longest {max(times):.0f} ms"
            yield Row(f"start to ready with {QUEUED:,} queued, {how} ({STARTS} starts)", f"<= {GOAL_MS} ms", measured, median(times) <= GOAL_MS)


def _restart_ms(box: Box, port: int, end: Callable[[], None]) -> float:
    pause_for_calm(1.0)
    end()
    began = time.monotonic()
    box.launch()
    while not _is_ready(port):
        if time.monotonic() - began > LIMIT_S:
            raise TimedOut(f"edge-relayd is not ready after {LIMIT_S:g} s\n{box.program.tail()}")
        time.sleep(0.001)
    return (time.monotonic() - began) * 1000


def _is_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
