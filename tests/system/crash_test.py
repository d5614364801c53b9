#!/usr/bin/python3
"""kill -9 at random moments under load: nothing acknowledged is lost, and copies only follow unknown attempts.

The seed is printed; EDGE_RELAY_SEED repeats a run's choices (not its timing: these are real processes)."""

import os
import random
import time
import unittest

from edge_relay_harness import settings
from edge_relay_harness.api import ApiClient
from edge_relay_harness.audit import acceptances, audit, heard, is_settled
from edge_relay_harness.box import Box
from edge_relay_harness.case import SystemTest
from edge_relay_harness.clouds import AWS, TWILIO
from edge_relay_harness.load import Load
from edge_relay_harness.settings import BoxSettings
from edge_relay_harness.waiting import eventually

KILLS = int(os.environ.get("EDGE_RELAY_KILLS", "20"))
SETTLE_S = 90.0


class KillNine(SystemTest):
    """Real process, real store, real sockets."""

    def setUp(self) -> None:
        super().setUp()
        self.seed = int(os.environ.get("EDGE_RELAY_SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"EDGE_RELAY_SEED={self.seed}", flush=True)
        self.random = random.Random(self.seed)
        self.clouds = self.start_clouds()
        self.modem = self.start_modem("--latency", "5-50")
        providers = {
            "aws": settings.aws(self.clouds),
            "twilio": settings.twilio(self.clouds, not_sent_after="10s"),
            "modem": settings.modem(self.modem.link),
        }
        self.box = self.start_box(BoxSettings(providers, {"chain": settings.quick_breakers()}))

    def test_nothing_lost_nothing_doubled_without_reason(self) -> None:
        for cloud, kind in ((AWS, "reset_after"), (AWS, "server_error"), (TWILIO, "reset_after"), (TWILIO, "throttle")):
            self.clouds.fault(cloud, kind, probability=0.05)
        for cloud in (AWS, TWILIO):
            self.clouds.fault(cloud, "latency", probability=0.7, delay_ms=30)
        load = Load(self.random.randrange(1 << 32), life_s=30)
        load.start(self.box.api)
        for _ in range(KILLS):
            time.sleep(self.random.uniform(0.05, 1.0))
            self.box.kill9()
            if self.random.random() < 0.5:
                self._change_the_weather()
            load.use(self.box.start().api)
        load.stop()
        self.clouds.clear()
        self.clouds.up()
        self.assertGreater(len(load.promised), KILLS)
        self._await_settled(self.box.api, load)
        records = {record["id"]: record for record in map(self.box.api.message, load.promised.values())}
        taken = acceptances(self.clouds, [self.modem])
        books = audit(load.promised, records, taken, heard(run.lines for run in self.box.runs))
        print(f"{books.submitted} submitted, {dict(books.states)}, by {dict(books.accepted_by)}")
        print(f"{len(books.explained_copies)} explained copies", flush=True)
        self.assertEqual(([], []), (books.lost, books.violations))

    def _change_the_weather(self) -> None:
        """Sometimes a cloud is gone, sometimes both, so that the modem is killed in the middle of its dialogue too."""
        for cloud in (AWS, TWILIO):
            (self.clouds.up if self.random.random() < 0.4 else self.clouds.down)(cloud)

    @staticmethod
    def _await_settled(api: ApiClient, load: Load) -> None:
        open_ids = set(load.promised.values())

        def all_settled() -> bool:
            open_ids.difference_update([i for i in open_ids if is_settled(api.message(i))])
            return not open_ids

        eventually("all messages to settle", all_settled, SETTLE_S, pause_s=0.5)


class StoppedCleanly(SystemTest):
    """SIGTERM under load ends within its grace and leaves nothing undecided that a restart does not decide."""

    def test_stop_in_the_middle(self) -> None:
        clouds = self.start_clouds()
        box: Box = self.start_box(BoxSettings({"twilio": settings.twilio(clouds)}))
        clouds.fault("twilio", "latency", delay_ms=200, probability=0.99, operation="any")
        load = Load(seed=1, life_s=60)
        load.start(box.api)
        for _ in range(3):
            time.sleep(0.7)
            box.stop()
            load.use(box.start().api)
        load.stop()
        clouds.clear()
        api = box.api
        eventually("all to settle", lambda: all(is_settled(api.message(i)) for i in load.promised.values()), 60, 0.5)
        records = {i: api.message(i) for i in load.promised.values()}
        books = audit(load.promised, records, acceptances(clouds), heard(run.lines for run in box.runs))
        self.assertEqual(([], []), (books.lost, books.violations))


if __name__ == "__main__":
    unittest.main()
