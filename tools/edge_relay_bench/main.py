"""Entry of tools/bench."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

from edge_relay_harness import paths

from . import bridge, failover, flash, inbound, machine, memory, modem_path, start, submissions
from .rows import NotMeasurable, Row
from .table import markdown, plain

FIGURES: dict[str, Callable[[], Iterator[Row]]] = {
    "modem-busy": modem_path.modem_busy,
    "modem-busy-slow-disk": modem_path.modem_busy_slow_disk,
    "modem-rate": modem_path.modem_rate,
    "latency": modem_path.latency,
    "latency-slow-disk": modem_path.latency_slow_disk,
    "submissions": submissions.submissions,
    "failover-choice": failover.failover_choice,
    "memory": memory.memory,
    "inbound": inbound.inbound,
    "bytes": flash.written_bytes,
    "start": start.start,
    "bridge-calls": bridge.calls,
    "bridge-way": bridge.way,
    "bridge-links": bridge.links,
}


def main(words: list[str], build: Callable[[], None], description: str) -> int:
    """0 when everything that was asked for could be measured."""
    parser = argparse.ArgumentParser(
        prog="tools/bench", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(FIGURES)}; default: all, some 15 minutes")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/figures.md has it")
    arguments = parser.parse_args(words)
    for name in arguments.names:
        if name not in FIGURES:
            parser.error(f"there is no figure '{name}'; they are {', '.join(FIGURES)}")
    if "EDGE_RELAY_BIN" not in os.environ:
        build()
        os.environ["EDGE_RELAY_BIN"] = str(paths.REPOSITORY / "build" / "release" / "bin")
    setting = machine.description()
    rows = [row for name in arguments.names or FIGURES for row in _measure(name)]
    print((markdown if arguments.markdown else plain)(rows))
    print(f"\n{setting} before, {machine.load()} after.")
    return 0 if all(row.was_measured for row in rows) else 1


def _measure(name: str) -> Iterator[Row]:
    """What could be measured, and a row that says so for what could not."""
    print(f"tools/bench: {name}, at a load of {machine.load()} ...", file=sys.stderr)
    try:
        for row in FIGURES[name]():
            print(f"  {row.figure}: {row.measured} {row.verdict}", file=sys.stderr)
            yield row
    except NotMeasurable as reason:
        yield Row(name, "", str(reason), was_measured=False)
    except (AssertionError, OSError, subprocess.SubprocessError) as failure:
        print(failure, file=sys.stderr)
        yield Row(name, "", str(failure).splitlines()[0], was_measured=False)
