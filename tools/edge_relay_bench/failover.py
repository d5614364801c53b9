"""How long a message is held up by providers that are known to be out."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator

from edge_relay_harness import paths, settings
from edge_relay_harness.box import Box
from edge_relay_harness.clouds import AWS, TWILIO, CloudSim
from edge_relay_harness.waiting import eventually

from .modem_path import log_of
from .rows import Row, spread
from .submitter import Connection, recipient
from .world import World, pause_for_calm, wait_for_modem

CHOICE_GOAL_NS = 1_000_000
MESSAGES = 20


def failover_choice() -> Iterator[Row]:
    """The choice itself, then what a message sees of it."""
    command = [str(paths.program("chain_bench"))]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        case, typical, longest = line.split()
        yield Row(
            f"{case.replace('_', ' ')}: time to choose the next provider (median / longest of 100,000)",
            "< 1 ms",
            f"{float(typical) / 1000:.2f} / {float(longest) / 1000:.0f} us",
            float(typical) < CHOICE_GOAL_NS,
        )
    yield _by_modem("uplink down", cut_uplink)
    yield _by_modem("breakers open", open_breakers)


def _by_modem(what: str, cut: Callable[[Box, CloudSim], None]) -> Row:
    with World() as world:
        clouds, modem = world.clouds(), world.modem("--latency", "20")
        providers = {"aws": settings.aws(clouds), "twilio": settings.twilio(clouds), "modem": settings.modem(modem.link)}
        box = world.box(providers, uplink=settings.uplink(clouds)).start()
        wait_for_modem(box)
        cut(box, clouds)
        pause_for_calm()
        connection, posted_ms, ids = Connection(box), [], []
        earlier = sum(event["event"] == "prompt" for event in log_of(modem))
        for number in range(MESSAGES):
            posted_ms.append(time.monotonic() * 1000)
            ids += connection.post(recipient(1000 + number))
            time.sleep(0.5)
        prompts = [event["t_ms"] for event in log_of(modem) if event["event"] == "prompt"][earlier:]
        for message_id in ids:
            tried = [attempt["provider"] for attempt in box.api.message(message_id)["attempts"]]
            if tried != ["modem"]:
                raise AssertionError(f"message {message_id} went by {tried}, not straight to the modem")
    times = [prompt + 1 - posted for prompt, posted in zip(prompts, posted_ms, strict=True)]
    return Row(f"{what}: POST to AT+CMGS at the modem, third of the chain ({MESSAGES} messages)", "", spread(times, "ms"))


def cut_uplink(box: Box, clouds: CloudSim) -> None:
    """Everything in the internet is gone, and the box has noticed."""
    clouds.down()
    eventually("the uplink to be down", lambda: box.api.call("GET", "/health/messaging").json["uplink"] == "down", 20)


def open_breakers(box: Box, clouds: CloudSim) -> None:
    """Both clouds refuse connections, the internet is there, and enough messages have found out."""
    clouds.down(AWS)
    clouds.down(TWILIO)
    connection = Connection(box)

    def both_open() -> bool:
        connection.post(recipient(1))
        health = box.api.call("GET", "/health/messaging").json["sms_providers"]
        return [provider["circuit_breaker"] for provider in health[:2]] == ["open", "open"]

    eventually("both breakers to open", both_open, 30, pause_s=0.3)
