"""Entry of tools/demo."""

from __future__ import annotations

import argparse
import signal
import sys

from .report import table, things_to_try
from .story import Story
from .timeline import Timeline
from .world import World


def main() -> int:
    """0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="tools/demo")
    parser.add_argument("--keep", action="store_true", help="leave it running afterwards")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    timeline = Timeline()
    with World(timeline) as world:
        try:
            books = Story(world, timeline).play()
        except (AssertionError, OSError) as problem:
            print(f"\n{type(problem).__name__}: {problem}\n{world.box.program.tail()}", file=sys.stderr)
            return 1
        timeline.act("The books")
        print(table(books))
        if arguments.keep:
            print(things_to_try(world), flush=True)
            signal.pause()
        return 0 if books.is_clean else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
