"""How soon a received message can be read: from its last part at the modem to GET /v1/inbound."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from edge_relay_harness.box import Box
from edge_relay_harness.modem import ModemSim

from .modem_path import log_of
from .rows import Row, median, spread
from .world import World, pause_for_calm

MESSAGES, PARTS = 100, 2
PARTS_PER_SECOND = 20
MEDIAN_GOAL_MS = 50
PATIENCE_S = 20.0
POLL_S = 0.004


def inbound() -> Iterator[Row]:
    """Two-part messages of as many senders, part after part, while somebody reads what has come."""
    with World() as world:
        modem = world.modem()
        box = world.box_with_modem(modem)
        pause_for_calm()
        seen_ms: dict[str, float] = {}
        reader = threading.Thread(target=_read, args=(box, seen_ms))
        reader.start()
        pdus = [part_pdu(number, part) for number in range(MESSAGES) for part in range(1, PARTS + 1)]
        begun = time.monotonic()
        for index, pdu in enumerate(pdus):
            time.sleep(max(0.0, begun + index / PARTS_PER_SECOND - time.monotonic()))
            modem.do("inbound", pdu=pdu)
        reader.join()
        arrived_ms = arrivals(modem)
    delays = [seen_ms[text_of(number)] - arrived_ms[number] for number in range(MESSAGES) if text_of(number) in seen_ms]
    what = f"{MESSAGES} received messages of {PARTS} parts, {PARTS_PER_SECOND} parts/s"
    yield Row(f"{what}: complete", f"{MESSAGES}", str(len(delays)), len(delays) == MESSAGES)
    yield Row(
        f"{what}: last part at the modem to GET /v1/inbound",
        f"median <= {MEDIAN_GOAL_MS} ms",
        spread(delays, "ms"),
        median(delays) <= MEDIAN_GOAL_MS,
    )


def _read(box: Box, seen_ms: dict[str, float]) -> None:
    """As an application does it that wants to know at once."""
    after = 0
    deadline = time.monotonic() + MESSAGES * PARTS / PARTS_PER_SECOND + PATIENCE_S
    while len(seen_ms) < MESSAGES and time.monotonic() < deadline:
        page = box.api.call("GET", f"/v1/inbound?after={after}&limit=100").json
        now_ms = time.monotonic() * 1000
        for message in page["messages"]:
            seen_ms.setdefault(message["text"], now_ms)
            after = message["id"]
        time.sleep(POLL_S)


def arrivals(modem: ModemSim) -> list[float]:
    """When the modem had the last part of each message."""
    all_ms = [event["t_ms"] for event in log_of(modem) if event["event"] == "inbound"]
    return all_ms[PARTS - 1 :: PARTS]


def text_of(number: int) -> str:
    return "".join(_part_text(number, part) for part in range(1, PARTS + 1))


def _part_text(number: int, part: int) -> str:
    return f"{number:03}/{part}: ".ljust(67, ".")


def part_pdu(number: int, part: int) -> str:
    """An SMS-DELIVER in UCS-2 with a concatenation header (3GPP TS 23.040 clause 9.2.2.1)."""
    sender = f"4670{number:07}"
    digits = sender + "F" * (len(sender) % 2)
    address = "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))
    stamp = time.strftime("%y%m%d%H%M%S") + "00"
    swapped = "".join(stamp[i + 1] + stamp[i] for i in range(0, len(stamp), 2))
    data = bytes([5, 0, 3, number % 256, PARTS, part]) + _part_text(number, part).encode("utf-16-be")
    return f"07911326040000F044{len(sender):02X}91{address}0008{swapped}{len(data):02X}{data.hex().upper()}"
