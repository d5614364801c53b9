#!/usr/bin/python3
"""A real disk that fails its syncs, is full, or takes its time, under load: nothing acknowledged is lost, what was refused is
not sent, and when the disk is well again the box goes on without a restart. The faults are injected by strace; where that
is not allowed the tests say so and are skipped.

EDGE_RELAY_DISK_ROUNDS: how often the disk falls ill in each test (the long profile of tools/test says 50)."""

import os
import random
import time
import unittest

from edge_relay_harness import settings
from edge_relay_harness.audit import acceptances, audit, heard, is_settled
from edge_relay_harness.case import SystemTest
from edge_relay_harness.disk_faults import SYNCS, WRITES, DiskFaults, require_ptrace
from edge_relay_harness.load import Load
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually

ROUNDS = int(os.environ.get("EDGE_RELAY_DISK_ROUNDS", "3"))
SETTLE_S = 90.0


class IllDisk(SystemTest):
    """One box, one cloud, an application that keeps submitting."""

    def setUp(self) -> None:
        super().setUp()
        require_ptrace(self.directory)
        self.seed = int(os.environ.get("EDGE_RELAY_SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"EDGE_RELAY_SEED={self.seed}", flush=True)
        self.random = random.Random(self.seed)
        self.clouds = self.start_clouds()
        self.box = self.start_box(BoxSettings({"twilio": settings.twilio(self.clouds, not_sent_after="10s")}))
        self.load = Load(self.random.randrange(1 << 32), life_s=60, threads=2, pause_s=0.05)

    def test_syncs_fail(self) -> None:
        self._suffer(f"{SYNCS}:error=EIO")
        self._close_the_books()
        self.assertTrue(self.load.refused)

    def test_disk_full(self) -> None:
        self._suffer(f"{WRITES}:error=ENOSPC")
        self._close_the_books()
        self.assertTrue(all(" 507" in refusal or " 503" in refusal for refusal in self.load.refused), self.load.refused)
        self.assertTrue(self.load.refused)

    def test_syncs_are_slow(self) -> None:
        self._suffer(f"{SYNCS}:delay_enter=300000")
        self._close_the_books()
        self.assertEqual([], self.load.refused)

    def test_killed_while_the_disk_is_slow(self) -> None:
        self._suffer(f"{SYNCS}:delay_enter=500000", kill=True)
        self._close_the_books()

    def _suffer(self, injection: str, kill: bool = False) -> None:
        """Lets the disk fall ill again and again, each time for a while."""
        self.load.start(self.box.api)
        hit = 0
        for _ in range(ROUNDS):
            time.sleep(self.random.uniform(0.2, 0.6))
            with DiskFaults(self.box.program.pid, self.directory, injection) as faults:
                time.sleep(self.random.uniform(0.5, 1.5))
                if kill:
                    self.box.kill9()
            hit += faults.injected
            if kill:
                self.load.use(self.box.start().api)
        self.assertGreater(hit, 0)
        promised = len(self.load.promised)
        eventually("the box to accept again", lambda: len(self.load.promised) > promised + 5, 20)
        self.load.stop()
        self.assertTrue(self.box.program.is_running())
        self.assertEqual(1 + ROUNDS if kill else 1, len(self.box.runs))  # without a restart
        print(f"{hit} calls hit, {len(self.load.promised)} promised, {len(self.load.refused)} refused", flush=True)

    def _close_the_books(self) -> None:
        api = self.box.api
        open_ids = set(self.load.promised.values())

        def all_settled() -> bool:
            open_ids.difference_update([i for i in open_ids if is_settled(api.message(i))])
            return not open_ids

        eventually("all messages to settle", all_settled, SETTLE_S, pause_s=0.5)
        records = {i: api.message(i) for i in self.load.promised.values()}
        taken = acceptances(self.clouds)
        books = audit(self.load.promised, records, taken, heard(run.lines for run in self.box.runs))
        self.assertEqual(([], []), (books.lost, books.violations))
        refused = {refusal.split(":")[0] for refusal in self.load.refused}
        self.assertEqual(set(), refused & {acceptance.tag for acceptance in taken}, "refused, and sent all the same")


if __name__ == "__main__":
    unittest.main()
