"""Resident memory of the daemon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from edge_relay_harness import settings
from edge_relay_harness.box import Box
from edge_relay_harness.waiting import eventually

from .rows import Row
from .submitter import submit_singly
from .world import World, figure_of, wait_for_modem, wait_until_ended

IDLE_GOAL_MIB, WORKED_GOAL_MIB = 12, 16
MESSAGES = 5000
SETTLE_S = 5.0


def memory() -> Iterator[Row]:
    """Idle with the whole chain; then after much work by the modem, and by a cloud (which loads libcurl and TLS)."""
    yield _idle()
    yield _after_modem()
    yield _after_cloud()


def _idle() -> Row:
    with World() as world:
        clouds, modem = world.clouds(), world.modem()
        providers = {"aws": settings.aws(clouds), "twilio": settings.twilio(clouds), "modem": settings.modem(modem.link)}
        box = world.box(providers, uplink=settings.uplink(clouds)).start()
        wait_for_modem(box)
        return _row("idle, chain of AWS, Twilio and modem", box, IDLE_GOAL_MIB)


def _after_modem() -> Row:
    with World() as world:
        box = world.box_with_modem(world.modem("--report", "delivered"))
        submit_singly(box, MESSAGES)
        wait_until_ended(box, "delivered", MESSAGES, 300)
        return _row(f"after {MESSAGES:,} messages by the modem", box, WORKED_GOAL_MIB)


def _after_cloud() -> Row:
    with World() as world:
        box = world.box({"twilio": settings.twilio(world.clouds())}).start()
        submit_singly(box, MESSAGES)
        eventually(
            "Twilio to accept all",
            lambda: figure_of(box, "relay_attempts_total", provider="twilio", outcome="accepted") >= MESSAGES,
            600,
            pause_s=0.5,
        )
        return _row(f"after {MESSAGES:,} messages by Twilio", box, WORKED_GOAL_MIB)


def _row(what: str, box: Box, goal_mib: int) -> Row:
    time.sleep(SETTLE_S)
    resident, private, most = resident_mib(box.program.pid)
    measured = f"{resident:.1f} MiB (private {private:.1f}, most so far {most:.1f})"
    return Row(f"resident memory, {what}", f"<= {goal_mib} MiB", measured, resident <= goal_mib)


def resident_mib(pid: int) -> tuple[float, float, float]:
    """Resident, of it private, and the most that was ever resident."""
    status = _kib_fields(Path(f"/proc/{pid}/status"))
    rollup = _kib_fields(Path(f"/proc/{pid}/smaps_rollup"))
    private = rollup["Private_Clean"] + rollup["Private_Dirty"]
    return status["VmRSS"] / 1024, private / 1024, status["VmHWM"] / 1024


def _kib_fields(path: Path) -> dict[str, int]:
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) == 3 and words[2] == "kB"}
