"""How well the modem is used: the share of time it is busy, and how soon a message reaches it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge_relay_harness.modem import ModemSim
from edge_relay_harness.waiting import eventually

from .rows import Row, median, percentile, spread
from .submitter import Connection, recipient
from .world import World, pause_for_calm

LATENCY_MS = 200
QUEUED = 300
BUSY_GOAL = 0.99
RATE_MESSAGES, RATE_GOAL = 2000, 100
SLOW_SYNCS = "fdatasync,fsync:delay_enter=5000"  # strace: microseconds
AT_HOME, SEARCHING = 1, 2  # 3GPP TS 27.007, +CREG
SINGLE_MESSAGES = 100
MEDIAN_GOAL_MS, P95_GOAL_MS = 10, 25


def log_of(modem: ModemSim) -> list[dict[str, Any]]:
    """The sim's log. Its t_ms is CLOCK_MONOTONIC in whole milliseconds, rounded down: Python's time.monotonic()."""
    path = Path(modem.link.parent / f"{modem.link.name}.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def modem_busy() -> Iterator[Row]:
    """From the first Ctrl-Z to the last answer. All is queued before the modem finds its network."""
    many = [recipient(number) for number in range(QUEUED)]
    yield _busy("to 300 recipients", many)
    yield _busy("to one recipient, in order", [recipient(1)] * QUEUED)
    yield _busy("to 300 recipients, a pool of two", many, modems=2)


def modem_busy_slow_disk() -> Iterator[Row]:
    """The same with a disk whose every sync takes 5 ms longer, as flash may."""
    many = [recipient(number) for number in range(QUEUED)]
    yield _busy("to 300 recipients, syncs of +5 ms", many, slow_disk=True)
    yield _busy("to 300 recipients, a pool of two, syncs of +5 ms", many, modems=2, slow_disk=True)


def modem_rate() -> Iterator[Row]:
    """How many messages a second go through the journal and a modem that takes no time."""
    yield _rate("", slow_disk=False)
    yield _rate(", syncs of +5 ms", slow_disk=True)


def _send_all(world: World, recipients: list[str], options: list[str], modems: int, slow_disk: bool) -> list[ModemSim]:
    """Queues all while the modems have no network, lets them have it, and waits until all is sent."""
    sims = [world.modem(*options, name=f"modem{number}") for number in range(modems)]
    box = world.box_with_modems(sims)
    for sim in sims:
        sim.do("register", stat=SEARCHING)
    connection = Connection(box)
    for number, to in enumerate(recipients):
        connection.post(to, f"reading {number}")
    with world.disk(box, SLOW_SYNCS if slow_disk else ""):
        pause_for_calm(5.0)
        for sim in sims:
            sim.do("register", stat=AT_HOME)
        eventually(
            "all to be sent",
            lambda: sum(sim.do("stats")["accepted"] for sim in sims) >= len(recipients),
            len(recipients) * 1.0,
        )
    time.sleep(0.1)
    return sims


def _busy(what: str, recipients: list[str], modems: int = 1, slow_disk: bool = False) -> Row:
    options = ["--latency", str(LATENCY_MS), "--report", "delivered", "--report-delay", "2000"]
    with World() as world:
        occupations = [_occupation(sim) for sim in _send_all(world, recipients, options, modems, slow_disk)]
    shares = [busy / (busy + sum(gaps)) for busy, gaps in occupations]
    gaps_ms = [gap for _, gaps in occupations for gap in gaps]
    return Row(
        f"modem at {LATENCY_MS} ms a message, {len(recipients)} queued {what}: share of time it is busy",
        f">= {BUSY_GOAL}",
        f"{' and '.join(f'{share:.3f}' for share in shares)} (gaps between sends: {spread(gaps_ms, 'ms')})",
        min(shares) >= BUSY_GOAL,
    )


def _rate(what: str, slow_disk: bool) -> Row:
    recipients = [recipient(number) for number in range(RATE_MESSAGES)]
    with World() as world:
        sims = _send_all(world, recipients, ["--latency", "0"], 1, slow_disk)
        times = [event["t_ms"] for event in log_of(sims[0]) if event["event"] == "accepted"]
    seconds = max(1, times[-1] - times[0]) / 1000
    rate = (len(times) - 1) / seconds
    return Row(
        f"modem that takes no time, {RATE_MESSAGES} queued{what}: messages a second, each journalled before its first byte",
        f">= {RATE_GOAL}",
        f"{rate:.0f}/s",
        rate >= RATE_GOAL,
    )


def _occupation(modem: ModemSim) -> tuple[float, list[float]]:
    """Milliseconds in sends, and the gaps between them."""
    busy, gaps, ended = 0.0, [], None
    began = 0.0
    for event in log_of(modem):
        if event["event"] == "busy_begin":
            began = event["t_ms"]
            if ended is not None:
                gaps.append(began - ended)
        elif event["event"] == "busy_end":
            ended = event["t_ms"]
            busy += ended - began
    return busy, gaps


def latency() -> Iterator[Row]:
    """From before the first byte of the POST to AT+CMGS: the event `prompt`, which the sim logs when it has read the command."""
    yield _latency("idle box", slow_disk=False)


def latency_slow_disk() -> Iterator[Row]:
    """The same with a disk whose every sync takes 5 ms longer: two of them are in the way, the 202's and the attempt's."""
    yield _latency("idle box, syncs of +5 ms", slow_disk=True)


def _latency(what: str, slow_disk: bool) -> Row:
    draws = random.Random(1)
    posted_ms: list[float] = []
    answered_ms: list[float] = []
    with World() as world:
        modem = world.modem("--latency", "100", "--report", "delivered", "--report-delay", "100")
        box = world.box_with_modem(modem)
        connection = Connection(box)
        with world.disk(box, SLOW_SYNCS if slow_disk else ""):
            pause_for_calm()
            for number in range(SINGLE_MESSAGES):
                posted_ms.append(time.monotonic() * 1000)
                connection.post(recipient(number))
                answered_ms.append(time.monotonic() * 1000 - posted_ms[-1])
                time.sleep(draws.uniform(0.6, 1.2))  # sent, reported, and all of it committed, long before the next
        prompts = [event["t_ms"] for event in log_of(modem) if event["event"] == "prompt"]
    # + 1: t_ms is rounded down.
    times = [prompt + 1 - posted for prompt, posted in zip(prompts, posted_ms, strict=True)]
    return Row(
        f"{what}, POST to AT+CMGS at the modem, median / p95 of {SINGLE_MESSAGES}",
        f"<= {MEDIAN_GOAL_MS} / {P95_GOAL_MS} ms",
        f"{median(times):.1f} / {percentile(times, 0.95):.1f} ms (longest {max(times):.0f}; answered with 202 after {median(answered_ms):.1f})",
        median(times) <= MEDIAN_GOAL_MS and percentile(times, 0.95) <= P95_GOAL_MS,
    )
