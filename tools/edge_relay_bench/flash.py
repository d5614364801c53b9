"""What a message costs the flash: write_bytes of /proc/PID/io, from its acceptance to its delivery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_relay_harness.box import Box
from edge_relay_harness.waiting import eventually

from .rows import Row
from .submitter import Connection, recipient, submit_singly
from .world import World, wait_until_ended

ALONE_GOAL_KIB, LOADED_GOAL_KIB = 32, 8
ALONE, ALONE_FIRST = 120, 30
PER_SECOND, LOAD_SECONDS, LOAD_FIRST = 50, 20, 250


def written_bytes() -> Iterator[Row]:
    """By the provider `demo`, whose answer and receipt come apart, as a real one's: acceptance, attempt, outcome and receipt each by its time."""
    yield _alone()
    yield _at_load()


def _demo_box(world: World) -> Box:
    demo = {"kind": "demo", "latency": "100ms", "receipt_delay": "600ms", "max_in_flight": 64}
    return world.box({"demo": demo}).start()


def _alone() -> Row:
    with World() as world:
        box = _demo_box(world)
        connection = Connection(box)

        def deliver(number: int) -> None:
            message_id = connection.post(recipient(number))[0]
            eventually("it to be delivered", lambda: connection.state(message_id) == "delivered", 20, pause_s=0.05)

        for number in range(ALONE_FIRST):
            deliver(number)
        before = bytes_written(box)
        for number in range(ALONE):
            deliver(ALONE_FIRST + number)
        return _row(f"each delivered before the next ({ALONE} messages)", box, before, ALONE, ALONE_GOAL_KIB)


def _at_load() -> Row:
    with World() as world:
        box = _demo_box(world)
        submit_singly(box, LOAD_FIRST, PER_SECOND)
        wait_until_ended(box, "delivered", LOAD_FIRST, 30)
        before = bytes_written(box)
        count = PER_SECOND * LOAD_SECONDS
        took_s = submit_singly(box, count, PER_SECOND)
        wait_until_ended(box, "delivered", LOAD_FIRST + count, 30)
        return _row(f"at {count / took_s:.0f} messages/s for {took_s:.0f} s", box, before, count, LOADED_GOAL_KIB)


def _row(what: str, box: Box, before: int, count: int, goal_kib: int) -> Row:
    kib = (bytes_written(box) - before) / count / 1024
    return Row(f"bytes written per message, accept to delivered, {what}", f"<= {goal_kib} KiB", f"{kib:.1f} KiB", kib <= goal_kib)


def bytes_written(box: Box) -> int:
    """Bytes that the daemon has caused to be sent to the disk."""
    lines = Path(f"/proc/{box.program.pid}/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))
