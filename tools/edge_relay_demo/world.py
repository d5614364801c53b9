"""The demo's world: clouds, bridge, modem and box in a temporary folder."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from edge_relay_harness import settings
from edge_relay_harness.box import Box
from edge_relay_harness.bridge import Bridge
from edge_relay_harness.clouds import CloudSim
from edge_relay_harness.modem import ModemSim
from edge_relay_harness.settings import BoxSettings

from .timeline import Timeline

_BOX = "demo-box"
_MODEM_OPTIONS = ("--latency", "80-200", "--report", "delivered", "--report-delay", "500")


class World:
    """Everything that runs; ended with the `with` block, whatever happened in it."""

    def __init__(self, timeline: Timeline) -> None:
        self._ends = ExitStack()
        try:
            self._start(timeline)
        except BaseException:
            self._ends.close()
            raise

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def _start(self, timeline: Timeline) -> None:
        self.directory = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="edge-relay-demo-")))
        self.clouds = CloudSim(self._folder("clouds"))
        self._ends.callback(self.clouds.stop)
        self.clouds.set(callbacks=True)
        self.bridge = Bridge(self._folder("bridge"), self.clouds)
        self._ends.callback(self.bridge.end)
        self.bridge.start()
        link = self.bridge.make_tenant(_BOX, settings.TWILIO_SENDER)
        self.modem = ModemSim(self.directory, *_MODEM_OPTIONS)
        self._ends.callback(self.modem.stop)
        providers = {
            "aws": settings.aws(self.clouds),
            "twilio": settings.twilio(self.clouds, status_callback=self.bridge.webhook("twilio/sms")),
            "modem": settings.modem(self.modem.link),
        }
        tables = {"chain": settings.quick_breakers(), "uplink": settings.uplink(self.clouds), "bridge": link}
        self.box = Box(self._folder("box"), BoxSettings(providers, tables), timeline.hear)
        self._ends.callback(self.box.end)
        self.box.start()
        self.bridge.wait_for_enrolment(_BOX)

    def _folder(self, name: str) -> Path:
        folder = self.directory / name
        folder.mkdir()
        return folder
