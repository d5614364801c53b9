#!/usr/bin/python3
"""The fault board: each limit of a fault ends it, and a draw is repeatable."""

import time
import unittest

from cloud_sim.faults import BadFault, Fault, FaultBoard, Operation, Stage, fault_from


def strikes(board: FaultBoard, times: int, **where: str) -> int:
    """How many of `times` send requests are struck before acceptance."""
    provider, recipient = where.get("provider", "twilio"), where.get("to", "+15551230001")
    return sum(board.take(provider, Stage.BEFORE, Operation.SEND, recipient) is not None for _ in range(times))


class Limits(unittest.TestCase):
    """Count, duration, probability and aim."""

    def planned(self, **values: object) -> FaultBoard:
        board = FaultBoard(seed=7)
        board.plan(fault_from({"provider": "twilio", "kind": "server_error", **values}))
        return board

    def test_once_by_default(self) -> None:
        self.assertEqual(1, strikes(self.planned(), 5))

    def test_count(self) -> None:
        self.assertEqual(3, strikes(self.planned(count=3), 5))

    def test_duration_ends(self) -> None:
        board = self.planned(duration_ms=30)
        self.assertEqual(5, strikes(board, 5))
        deadline = time.monotonic() + 0.04
        while time.monotonic() < deadline:
            pass
        self.assertEqual(0, strikes(board, 5))

    def test_probability_is_seeded(self) -> None:
        first, second = strikes(self.planned(probability=0.3), 1000), strikes(self.planned(probability=0.3), 1000)
        self.assertEqual(first, second)
        self.assertTrue(240 < first < 360, first)

    def test_aim(self) -> None:
        board = self.planned(count=9, to="+15551230002")
        self.assertEqual(0, strikes(board, 3))
        self.assertEqual(0, strikes(board, 3, provider="aws-sms", to="+15551230002"))
        self.assertEqual(3, strikes(board, 3, to="+15551230002"))
        self.assertIsNone(board.take("twilio", Stage.BEFORE, Operation.LOOK_UP, "+15551230002"))

    def test_clear(self) -> None:
        board = self.planned(count=9)
        board.clear("aws-sms")
        self.assertEqual(1, strikes(board, 1))
        board.clear("twilio")
        self.assertEqual(0, strikes(board, 1))


class Refusals(unittest.TestCase):
    """A fault that could never strike is refused rather than forgotten."""

    def test_unknown_words(self) -> None:
        planned: list[dict[str, object]] = [
            {"kind": "thunder"},
            {"kind": "latency", "dealy_ms": 5},
            {"kind": "latency", "operation": "send it"},
        ]
        for values in planned:
            with self.subTest(values=values), self.assertRaises(BadFault):
                fault_from(values)

    def test_every_kind_has_a_stage(self) -> None:
        self.assertIs(Stage.AFTER, Fault(provider="all", kind="reset_after").stage)


if __name__ == "__main__":
    unittest.main()
