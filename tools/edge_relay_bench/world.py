"""The world of one figure: a folder on a real disk, and the programs in it, gone with the `with` block."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import TracebackType

from edge_relay_harness import settings
from edge_relay_harness.box import Box
from edge_relay_harness.clouds import CloudSim
from edge_relay_harness.disk_faults import DiskFaults
from edge_relay_harness.modem import ModemSim
from edge_relay_harness.settings import BoxSettings, Table
from edge_relay_harness.waiting import eventually

from .rows import NotMeasurable

# Not /tmp, which is memory on many machines: commits would cost nothing there.
PLACE = Path("/var/tmp")
MEMORY_FILE_SYSTEMS = ("tmpfs", "ramfs")


class World:
    """Everything that one figure runs."""

    def __init__(self) -> None:
        self._ends = ExitStack()
        folder = tempfile.TemporaryDirectory(prefix="edge-relay-bench-", dir=PLACE, ignore_cleanup_errors=True)
        self.directory = Path(self._ends.enter_context(folder))

    def __enter__(self) -> World:
        if file_system() in MEMORY_FILE_SYSTEMS:
            self._ends.close()
            raise NotMeasurable(f"{PLACE} is memory, not a disk")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def clouds(self) -> CloudSim:
        """The simulated clouds, all up."""
        clouds = CloudSim(self._folder("clouds"))
        self._ends.callback(clouds.stop)
        return clouds

    def modem(self, *options: str, name: str = "modem") -> ModemSim:
        """A simulated modem."""
        modem = ModemSim(self._folder(name), *options, name=name)
        self._ends.callback(modem.stop)
        return modem

    def disk(self, box: Box, injection: str) -> AbstractContextManager[object]:
        """What strace injects into the box's system calls for a while; nothing when empty."""
        return DiskFaults(box.program.pid, self.directory, injection) if injection else nullcontext()

    def box(self, providers: dict[str, Table], **tables: Table) -> Box:
        """A box that is not started."""
        box = Box(self._folder("box"), BoxSettings(providers, tables))
        self._ends.callback(box.end)
        return box

    def box_with_modem(self, modem: ModemSim) -> Box:
        """A started box whose only way out is the modem, which is ready."""
        return self.box_with_modems([modem])

    def box_with_modems(self, modems: list[ModemSim]) -> Box:
        """The same with one modem or a pool of several, all ready."""
        members = {modem.link.name: settings.modem(modem.link) for modem in modems}
        if len(modems) == 1:
            box = self.box(members)
        else:
            pool: Table = {"kind": "modem-pool", "members": list(members)}
            box = self.box({"modems": pool, **members}, chain={"sms": ["modems"]})
        box.start()
        wait_for_modem(box)
        return box

    def at_end(self, call: Callable[[], None]) -> None:
        """Also called at the end of the `with` block, before the folder goes."""
        self._ends.callback(call)

    def _folder(self, name: str) -> Path:
        folder = self.directory / name
        folder.mkdir()
        return folder


def file_system() -> str:
    """The kind of the disk that is measured."""
    command = ["findmnt", "--noheadings", "--output", "FSTYPE", "--target", str(PLACE)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wait_for_modem(box: Box) -> None:
    """Until the box could send by all its modems."""

    def all_ready() -> bool:
        return all(modem["ready"] for modem in box.api.call("GET", "/v1/health").json["modems"])

    eventually("the modems to be ready", all_ready, 30)


def no_way_out(directory: Path) -> dict[str, Table]:
    """A chain that never sends: a modem that is not there. What is submitted stays queued."""
    return {"modem": settings.modem(directory / "no-such-modem")}


def figure_of(box: Box, name: str, **labels: str) -> float:
    """A sum over /metrics: the samples of that name that carry all the labels."""
    total = 0.0
    for line in box.api.call("GET", "/metrics").body.decode().splitlines():
        if line.split("{")[0] == name and all(f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.rsplit(" ", 1)[1])
    return total


def wait_until_ended(box: Box, state: str, count: int, timeout_s: float) -> None:
    """Until `count` messages of this run of the box have ended so."""
    eventually(
        f"{count} messages to be {state}",
        lambda: figure_of(box, "relay_messages_ended_total", state=state) >= count,
        timeout_s,
        pause_s=0.25,
    )


def pause_for_calm(seconds: float = 2.0) -> None:
    """The start's own work ends before anything is measured."""
    time.sleep(seconds)
