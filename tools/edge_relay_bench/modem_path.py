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
AT_HOME, SEARCHING = 1, 2  # 3GPP TS 27.007, +CREG
SINGLE_MESSAGES = 100
MEDIAN_GOAL_MS, P95_GOAL_MS = 10, 25


def log_of(modem: ModemSim) -> list[dict[str, Any]]:
    """The sim's log. Its t_ms is CLOCK_MONOTONIC in whole milliseconds, rounded down: Python's time.monotonic()."""
    path = Path(modem.link.parent / f"{modem.link.name}.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def modem_busy() -> Iterator[Row]:
    """From the first Ctrl-Z to the last answer. All is queued before the modem finds its network."""
    yield _busy("to 300 recipients", [recipient(number) for number in range(QUEUED)])
    yield _busy("to one recipient, in order", [recipient(1)] * QUEUED)


def _busy(what: str, recipients: list[str]) -> Row:
    with World() as world:
        modem = world.modem("--latency", str(LATENCY_MS), "--report", "delivered", "--report-delay", "2000")
        box = world.box_with_modem(modem)
        modem.do("register", stat=SEARCHING)
        connection = Connection(box)
        for number, to in enumerate(recipients):
            connection.post(to, f"reading {number}")
        pause_for_calm(5.0)
        modem.do("register", stat=AT_HOME)
        eventually("all to be sent", lambda: modem.do("stats")["accepted"] >= QUEUED, QUEUED * 1.0)
        time.sleep(0.1)
        busy_ms, gaps_ms = _occupation(modem)
    share = busy_ms / (busy_ms + sum(gaps_ms))
    return Row(
        f"modem at {LATENCY_MS} ms a message, {QUEUED} queued {what}: share of time it is busy",
        f">= {BUSY_GOAL}",
        f"{share:.3f} (gaps between sends: {spread(gaps_ms, 'ms')})",
        share >= BUSY_GOAL,
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
    draws = random.Random(1)
    posted_ms: list[float] = []
    answered_ms: list[float] = []
    with World() as world:
        modem = world.modem("--latency", "100", "--report", "delivered", "--report-delay", "100")
        connection = Connection(world.box_with_modem(modem))
        pause_for_calm()
        for number in range(SINGLE_MESSAGES):
            posted_ms.append(time.monotonic() * 1000)
            connection.post(recipient(number))
            answered_ms.append(time.monotonic() * 1000 - posted_ms[-1])
            time.sleep(draws.uniform(0.6, 1.2))  # sent, reported, and all of it committed, long before the next
        prompts = [event["t_ms"] for event in log_of(modem) if event["event"] == "prompt"]
    # + 1: t_ms is rounded down.
    times = [prompt + 1 - posted for prompt, posted in zip(prompts, posted_ms, strict=True)]
    yield Row(
        f"idle box, POST to AT+CMGS at the modem, median / p95 of {SINGLE_MESSAGES}",
        f"<= {MEDIAN_GOAL_MS} / {P95_GOAL_MS} ms",
        f"{median(times):.1f} / {percentile(times, 0.95):.1f} ms (longest {max(times):.0f}; answered with 202 after {median(answered_ms):.1f})",
        median(times) <= MEDIAN_GOAL_MS and percentile(times, 0.95) <= P95_GOAL_MS,
    )
