"""How many submissions are made durable in a second, beside SQLite alone on the same disk."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from edge_relay_harness import paths
from edge_relay_harness.box import Box

from .rows import NotMeasurable, Row, median
from .submitter import TEXT
from .world import World, figure_of, no_way_out, pause_for_calm

CLIENTS = 32
ROUNDS = 3
SECONDS = 6
RATIO_GOAL = 0.5

# Every submission has another recipient, as the raw rows have.
SCRIPT = """
local number = 0
local headers = {["Authorization"] = "Bearer KEY", ["Content-Type"] = "application/json"}
function request()
  number = number + 1
  return wrk.format("POST", "/v1/messages", headers, string.format(BODY, number))
end
"""


def submissions() -> Iterator[Row]:
    """Rounds of both, one after the other: the ratio is taken within each."""
    wrk = _find_wrk()
    ours, raw = [], []
    with World() as world:
        box = world.box(no_way_out(world.directory), admission={"max_queued": 1_000_000, "max_queued_per_app": 900_000})
        box.start()
        script = world.directory / "submit.lua"
        body = json.dumps(json.dumps({"to": "+1555%07d", "text": TEXT}))
        script.write_text(SCRIPT.replace("KEY", box.api.key).replace("BODY", body), encoding="utf-8")
        _submissions_per_second(wrk, script, box, 2)
        for _ in range(ROUNDS):
            raw.append(_raw_rows_per_second(world.directory))
            ours.append(_submissions_per_second(wrk, script, box, SECONDS))
    ratios = [mine / theirs for mine, theirs in zip(ours, raw, strict=True)]
    each = ", ".join(f"{mine:.0f}/{theirs:.0f}" for mine, theirs in zip(ours, raw, strict=True))
    yield Row(
        f"durable submissions/s, {CLIENTS} clients, against raw SQLite group commit of the same rows ({ROUNDS} rounds)",
        f">= {RATIO_GOAL}",
        f"{median(ratios):.2f} ({each} per second)",
        median(ratios) >= RATIO_GOAL,
    )


def _submissions_per_second(wrk: str, script: Path, box: Box, seconds: int) -> float:
    """Counted by the box: what it answered with 202, and so has committed."""
    pause_for_calm(0.5)
    before = figure_of(box, "relay_messages_submitted_total")
    command = [wrk, "-t", "1", "-c", str(CLIENTS), "-d", f"{seconds}s", "-s", str(script), f"http://127.0.0.1:{box.port}"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    accepted = figure_of(box, "relay_messages_submitted_total") - before
    took = re.search(r"requests in ([0-9.]+)s", report)
    if took is None or "Non-2xx" in report or "Socket errors" in report:
        raise AssertionError(f"some submissions failed:\n{report}")
    return accepted / float(took[1])


def _raw_rows_per_second(directory: Path) -> float:
    command = [str(paths.program("outbox_bench")), "--raw", str(directory)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _find_wrk() -> str:
    if shutil.which("wrk") is None:
        print("tools/bench: installing the Debian package wrk, which makes the load", file=sys.stderr)
        command = ["apt-get", "install", "-y", "--no-install-recommends", "wrk"]
        prefix = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        subprocess.run([*prefix, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    found = shutil.which("wrk")
    if found is None:
        raise NotMeasurable("the load generator wrk is missing and could not be installed; run: apt-get install wrk")
    return found
