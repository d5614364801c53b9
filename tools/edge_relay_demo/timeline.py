"""What happens, as it happens, one readable line each."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter

from edge_relay_harness.log_lines import LogLine, parse_log_line

_GREEN, _YELLOW, _RED, _BOLD, _DIM, _PLAIN = "\033[32m", "\033[33m", "\033[31m", "\033[1m", "\033[2m", "\033[0m"
_COLOUR_OF_OUTCOME = {"accepted": _GREEN, "unknown": _RED}
_TOLD_EVENTS = ("uplink", "attempt_interrupted", "unknown_settled", "ready")
_SUMMARY_PERIOD_S = 1.0


class Timeline:
    """Prints attempts from the daemon's own log. Under load it sums up what is usual."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._is_terminal = sys.stdout.isatty()
        self._lock = threading.RLock()
        self._is_busy = False
        self._sums: Counter[tuple[str, str]] = Counter()
        self._summed_at = 0.0

    def act(self, title: str) -> None:
        """A new part of the story."""
        with self._lock:
            self._flush_sums()
            print(f"\n{self._coloured(_BOLD, '== ' + title)}", flush=True)

    def say(self, text: str) -> None:
        """A line of narration."""
        with self._lock:
            self._flush_sums()
            self._print(text)

    def set_busy(self, is_busy: bool) -> None:
        """Many messages at once from here on, or no longer."""
        with self._lock:
            self._flush_sums()
            self._is_busy = is_busy

    def hear(self, line: str) -> None:
        """One line of the daemon's log; called from the thread that reads it."""
        parsed = parse_log_line(line)
        if parsed is None:
            return
        with self._lock:
            if parsed.event == "attempt":
                self._tell_attempt(parsed.fields)
            elif parsed.event in _TOLD_EVENTS or parsed.level == "error":
                self._tell_event(parsed)

    def _tell_attempt(self, fields: dict[str, str]) -> None:
        outcome, provider = fields["outcome"], fields["provider"]
        if self._is_busy and outcome != "unknown":
            self._sums[(outcome, provider)] += 1
            if time.monotonic() - self._summed_at >= _SUMMARY_PERIOD_S:
                self._flush_sums()
            return
        colour = _COLOUR_OF_OUTCOME.get(outcome, _YELLOW)
        told = self._coloured(colour, f"{outcome:<17}")
        self._print(
            f"{fields['id']}  {fields['class']:<5}  {provider:<7} {told} {fields['ms']:>6} ms  {fields['code']}"
        )

    def _tell_event(self, line: LogLine) -> None:
        text = " ".join(f"{name}={value}" for name, value in line.fields.items())
        self._print(self._coloured(_DIM, f"{line.event} {text}"))

    def _flush_sums(self) -> None:
        self._summed_at = time.monotonic()
        if self._sums:
            parts = [f"{outcome} {count} by {provider}" for (outcome, provider), count in sorted(self._sums.items())]
            self._print(self._coloured(_DIM, f"... {', '.join(parts)}"))
            self._sums.clear()

    def _print(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:7.3f}  {text}", flush=True)

    def _coloured(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._is_terminal else text
