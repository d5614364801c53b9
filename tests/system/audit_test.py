#!/usr/bin/python3
"""The oracle itself: an audit that cannot fail proves nothing."""

import unittest
from typing import Any

from edge_relay_harness.audit import Acceptance, Books, audit, heard, tag_of, tagged


def record(state: str, class_: str, *outcomes: str | None) -> dict[str, Any]:
    """A message as the API tells it."""
    attempts = [{"provider": "aws", "outcome": outcome} for outcome in outcomes]
    return {"id": "m1", "state": state, "class": class_, "attempts": attempts}


def close(message: dict[str, Any] | None, copies: int) -> Books:
    """The books over one promised message of which so many copies were accepted."""
    taken = [Acceptance("load-1", "aws-sms", "+15551230001")] * copies
    return audit({"load-1": "m1"}, {"m1": message} if message else {}, taken)


class Audit(unittest.TestCase):
    """One message at a time."""

    def test_in_order(self) -> None:
        for message, copies in (
            (record("sent", "info", "accepted"), 1),
            (record("delivered", "alarm", "unknown", "accepted"), 2),
            (record("unknown", "once", "unknown"), 1),
            (record("unknown", "once", "unknown"), 0),
            (record("failed", "info", "refused"), 0),
            (record("expired", "info"), 0),
        ):
            with self.subTest(message=message):
                self.assertTrue(close(message, copies).is_clean)

    def test_lost(self) -> None:
        self.assertEqual(1, len(close(None, 1).lost))
        self.assertEqual(1, len(close(record("sent", "info", "accepted"), 0).lost))

    def test_broken(self) -> None:
        for message, copies in (
            (record("sent", "info", "accepted"), 2),  # a copy without an unknown attempt
            (record("unknown", "once", "unknown", "unknown"), 2),  # class once, whatever the reason
            (record("sent", "alarm", "unknown", "unknown", "unknown", "accepted"), 4),  # more than the class may
            (record("failed", "info", "refused"), 1),  # it went out, and the box denies it
        ):
            with self.subTest(message=message):
                self.assertTrue(close(message, copies).violations)

    def test_proof_may_come_after_the_copy(self) -> None:
        message = record("delivered", "alarm", "accepted", "accepted")
        self.assertTrue(close(message, 2).is_clean)  # nothing is known of what the box could know
        accepted = "2026-11-21T12:00:00.000Z info    attempt id=m1 n=1 class=alarm outcome=accepted code=200 ms=5"
        later = "2026-11-21T12:00:{}.000Z info    attempt id=m2 n=1 class=alarm outcome=accepted code=200 ms=5"
        unknown = "2026-11-21T12:00:00.000Z info    attempt id=m1 n=1 class=alarm outcome=unknown code=0 ms=5"
        interrupted = "2026-11-21T12:01:00.000Z warning attempt_interrupted id=m1 n=1 class=alarm next=queued"
        settled = "2026-11-21T12:02:00.000Z info    unknown_settled id=m1 n=1 provider=aws was_sent=true"
        for runs, violations in (
            ([[accepted]], 1),  # it knew, and sent again
            ([[]], 1),  # nothing says that it was ever in doubt
            ([[unknown]], 0),
            ([[settled]], 0),
            ([[accepted, later.format("01")], [interrupted]], 0),  # killed before the commit
            ([[accepted, later.format("30")], [interrupted]], 2),  # that was committed long ago
            ([[accepted], [], [interrupted]], 2),  # and that in another life
        ):
            with self.subTest(runs=runs):
                taken = [Acceptance("load-1", "aws-sms", "+15551230001")] * 2
                books = audit({"load-1": "m1"}, {"m1": message}, taken, heard(runs))
                self.assertEqual(violations, len([v for v in books.violations if "copies after" not in v]), books)

    def test_an_attempt_under_way_may_have_been_heard(self) -> None:
        self.assertTrue(close(record("sending", "alarm", "unknown", None), 2).is_clean)

    def test_tags_survive_what_providers_add(self) -> None:
        self.assertEqual("load-17", tag_of("[repeat] " + tagged("load", 17)))
        self.assertEqual("", tag_of("hello"))


if __name__ == "__main__":
    unittest.main()
