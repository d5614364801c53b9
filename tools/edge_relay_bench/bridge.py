"""The bridge: links that are held, how soon they are all back, calls of providers, and the way of one to an application."""

from __future__ import annotations

import asyncio
import json
import random
import resource
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cloud_sim.webhooks import TopicSigner, twilio_call
from edge_relay_harness import settings
from edge_relay_harness.bridge import ACCOUNT_TENANT, Bridge
from edge_relay_harness.clouds import CloudSim
from edge_relay_harness.settings import TWILIO_SENDER

from .memory import resident_mib
from .rows import Row, median, percentile
from .world import World, pause_for_calm

LINKS, LINKS_GOAL = 5000, 5000
BACK_GOAL_S = 120
CALLS_GOAL = 500
TWILIO_CALLS, SNS_CALLS, CALLERS = 10_000, 2_000, 32
ROUND_TRIPS = 100
TOPIC = "arn:aws:sns:eu-west-1:123456789012:sms-events"
# As the box comes back: full jitter, the pause doubled from 1 s to a minute.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


class _Site:
    """A bridge with simulated clouds beside it, in the world of one figure."""

    def __init__(self, world: World) -> None:
        self.clouds: CloudSim = world.clouds()
        folder = world.directory / "bridge"
        folder.mkdir()
        self.bridge = Bridge(folder, self.clouds)
        world.at_end(self.bridge.end)
        self.bridge.start()


# --- calls of providers ---


def calls() -> Iterator[Row]:
    """Calls that are verified and committed, each one news."""
    with World() as world:
        site = _Site(world)
        site.bridge.make_tenant("b1", TWILIO_SENDER)
        site.bridge.control("route", "put", ACCOUNT_TENANT, "topic", TOPIC, "b1")
        yield _calls_row(site.bridge, "Twilio", _twilio_calls(site))
        yield _calls_row(site.bridge, "SNS, certificate cached", _sns_calls(site))


def _calls_row(bridge: Bridge, provider: str, requests: list[bytes]) -> Row:
    asyncio.run(_post_all(bridge.port, requests[:1]))  # the first fetches what the others find cached
    began = time.monotonic()
    asyncio.run(_post_all(bridge.port, requests[1:]))
    rate = (len(requests) - 1) / (time.monotonic() - began)
    measured = f"{rate:.0f}/s ({len(requests) - 1:,} calls by {CALLERS} callers)"
    return Row(f"bridge: webhooks verified and committed, {provider}", f">= {CALLS_GOAL}/s", measured, rate >= CALLS_GOAL)


def _twilio_calls(site: _Site) -> list[bytes]:
    account = site.clouds.credentials("twilio")
    requests = []
    for number in range(TWILIO_CALLS):
        form = {
            "AccountSid": account["account_sid"],
            "MessageSid": f"SM{number:032x}",
            "MessageStatus": "delivered",
            "To": "+15551230001",
            "From": TWILIO_SENDER,
        }
        headers, body = twilio_call(site.bridge.webhook("twilio/sms"), form, account["auth_token"])
        requests.append(_request("POST", "/api/webhooks/twilio/sms", headers, body))
    return requests


def _sns_calls(site: _Site) -> list[bytes]:
    signer = TopicSigner(Path(site.clouds.ca_file).parent)
    requests = []
    for number in range(SNS_CALLS):
        message = {"eventType": "TEXT_DELIVERED", "messageId": f"m{number}", "eventTimestamp": 1_790_000_000_000}
        headers, body = signer.call(TOPIC, json.dumps({**message, "originationPhoneNumber": TWILIO_SENDER}))
        requests.append(_request("POST", "/api/webhooks/aws-sns", headers, body))
    return requests


def _request(method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _post_all(port: int, requests: Sequence[bytes]) -> None:
    """Each caller on a kept connection; anything but 200 is an error."""
    left = iter(requests)

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in left:
            writer.write(request)
            status, _ = await _read_answer(reader)
            if status != 200:
                raise AssertionError(f"the bridge answered a call with {status}")
        writer.close()

    await asyncio.gather(*(call() for _ in range(min(CALLERS, len(requests)))))


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
    return int(head.split(" ")[1]), await reader.readexactly(length)


# --- from the provider's call to the application ---


def way() -> Iterator[Row]:
    """A receipt, from its call at the bridge to the application's stream of events."""
    with World() as world:
        site = _Site(world)
        # The box could ask Twilio as well; here it hears by the link alone.
        site.clouds.fault("twilio", "server_error", status=503, operation="look_up", count=100_000)
        link = site.bridge.make_tenant("b1", TWILIO_SENDER)
        callback = site.bridge.webhook("twilio/sms")
        box = world.box({"main": settings.twilio(site.clouds, status_callback=callback)}, bridge=link).start()
        site.bridge.wait_for_enrolment("b1")
        pause_for_calm()
        account = site.clouds.credentials("twilio")
        times = asyncio.run(_round_trips(site, box.port, box.api.key, account))
        measured = f"median {median(times):.1f}, p95 {percentile(times, 0.95):.1f}, longest {max(times):.1f} ms"
        yield Row(f"bridge: a receipt's way from Twilio's call to GET /v1/events on the LAN ({ROUND_TRIPS})", "", measured)


async def _round_trips(site: _Site, port: int, key: str, account: dict[str, str]) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_request("GET", "/v1/events", {"Authorization": f"Bearer {key}"}, b""))
    await reader.readuntil(b"\r\n\r\n")
    api, api_writer = await asyncio.open_connection("127.0.0.1", port)
    front, front_writer = await asyncio.open_connection("127.0.0.1", site.bridge.port)
    times = []
    for number in range(ROUND_TRIPS):
        body = json.dumps({"to": "+15551230001", "text": f"number {number}"}).encode()
        api_writer.write(_request("POST", "/v1/messages", {"Authorization": f"Bearer {key}"}, body))
        status, answer = await _read_answer(api)
        if status != 202:
            raise AssertionError(f"a submission was answered with {status}")
        message = json.loads(answer)["messages"][0]["id"]
        await _until(reader, b"message.sent")
        sid = (await asyncio.to_thread(site.clouds.accepted, "twilio"))[-1]["sid"]
        form = {"AccountSid": account["account_sid"], "MessageSid": sid, "MessageStatus": "delivered", "To": "+15551230001"}
        headers, call = twilio_call(f"{site.bridge.webhook('twilio/sms')}?rid={message}", form, account["auth_token"])
        began = time.monotonic()
        front_writer.write(_request("POST", f"/api/webhooks/twilio/sms?rid={message}", headers, call))
        await _until(reader, b"message.delivered")
        times.append((time.monotonic() - began) * 1000)
        await _read_answer(front)
    return times


async def _until(reader: asyncio.StreamReader, event: bytes) -> None:
    while event not in await asyncio.wait_for(reader.readline(), 30):
        pass
    while await asyncio.wait_for(reader.readline(), 30) not in (b"\n", b"\r\n"):
        pass


# --- links ---


class _Boxes:
    """Many boxes that wait for news, each by mutual TLS with a certificate of its own."""

    def __init__(self, site: _Site, folder: Path) -> None:
        self._site = site
        self._folder = folder
        self._ca = site.clouds.ca_file
        self.held = 0
        self._asked_again: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def enrol(self, count: int) -> None:
        """One key for all: what costs is the bridge's side."""
        request = self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                                "-subj", "/CN=box", "-keyout", "box.key")  # fmt: skip
        self._site.bridge.control("tenant", "add", ACCOUNT_TENANT)
        token = self._site.bridge.control("token", "add", "bench", "manage", "--tenant", ACCOUNT_TENANT)["token"]
        asyncio.run(self._enrol_all(count, request, token))

    async def _enrol_all(self, count: int, request: str, token: str) -> None:
        numbers = iter(range(count))

        async def enrol_some() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._site.bridge.port)
            for number in numbers:
                body = json.dumps({"name": f"box-{number}"}).encode()
                authorization = {"Authorization": f"Bearer {token}"}
                writer.write(_request("POST", f"/v1/admin/tenants/{ACCOUNT_TENANT}/boxes", authorization, body))
                _, answer = await _read_answer(reader)
                wish = json.dumps({"code": json.loads(answer)["code"], "request": request}).encode()
                writer.write(_request("POST", "/v1/link/enrol", {}, wish))
                _, answer = await _read_answer(reader)
                (self._folder / f"box-{number}.pem").write_text(json.loads(answer)["certificate"])

        await asyncio.gather(*(enrol_some() for _ in range(4)))

    def start(self, count: int) -> None:
        """On the running loop."""
        self._tasks = [asyncio.create_task(self._live(number)) for number in range(count)]

    def stop(self) -> None:
        """All go."""
        for task in self._tasks:
            task.cancel()

    async def _live(self, number: int) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                await self._ask(number)
            except (OSError, asyncio.IncompleteReadError):
                pass
            else:
                pause = FIRST_PAUSE_S
            await asyncio.sleep(random.uniform(0, pause) + FIRST_PAUSE_S / 10)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _ask(self, number: int) -> None:
        context = ssl.create_default_context(cafile=self._ca)
        context.load_cert_chain(self._folder / f"box-{number}.pem", self._folder / "box.key")
        reader, writer = await asyncio.open_connection("127.0.0.1", self._site.bridge.link_port, ssl=context, server_hostname="localhost")
        question = _request("GET", "/v1/link/events?epoch=&after=0", {}, b"")
        held = False
        try:
            while True:
                writer.write(question)
                await writer.drain()
                if not held:
                    held = True
                    self.held += 1
                status, _ = await _read_answer(reader)
                if status != 200:
                    raise OSError(f"the link answered {status}")
        finally:
            self.held -= held
            writer.close()

    def _openssl(self, *arguments: str) -> str:
        return subprocess.run(["openssl", *arguments], cwd=self._folder, capture_output=True, text=True, check=True).stdout


def links() -> Iterator[Row]:
    """Idle links, what each costs, and how soon all are back after a crash of the bridge."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with World() as world:
        site = _Site(world)
        folder = world.directory / "boxes"
        folder.mkdir()
        boxes = _Boxes(site, folder)
        began = time.monotonic()
        boxes.enrol(LINKS)
        enrolled_s = time.monotonic() - began
        site.bridge.stop()
        site.bridge.start()  # what the enrolments took is gone
        yield from asyncio.run(_hold(site, boxes, enrolled_s))


async def _hold(site: _Site, boxes: _Boxes, enrolled_s: float) -> list[Row]:
    before = resident_mib(site.bridge.runs[-1].pid)[0]
    boxes.start(LINKS)
    held = await _all_there(boxes)
    await asyncio.sleep(30)  # each has asked a second time
    after = resident_mib(site.bridge.runs[-1].pid)[0]
    held = min(held, boxes.held)
    each = (after - before) * 1024 / max(held, 1)
    rows = [
        Row("bridge: idle links by mutual TLS", f">= {LINKS_GOAL:,}", f"{held:,} ({enrolled_s:.0f} s to invite and enrol them)", held >= LINKS_GOAL),
        Row("… memory of each", "", f"{each:.0f} KiB ({after:.0f} MiB in all)"),
    ]
    site.bridge.kill9()
    while boxes.held > 0:
        await asyncio.sleep(0.1)
    await asyncio.to_thread(site.bridge.start)
    began = time.monotonic()
    back = await _all_there(boxes)
    took = time.monotonic() - began
    rows.append(
        Row("… all back after a SIGKILL of the bridge", f"<= {BACK_GOAL_S} s", f"{back:,} in {took:.0f} s", back >= LINKS and took <= BACK_GOAL_S)
    )
    boxes.stop()
    return rows


async def _all_there(boxes: _Boxes) -> int:
    """How many hold a link; waits for all, but not for ever."""
    deadline = time.monotonic() + 3 * BACK_GOAL_S
    while boxes.held < LINKS and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    return boxes.held
