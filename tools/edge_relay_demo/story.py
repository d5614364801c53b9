"""The acts, in order. Every message is remembered, so that the books can be closed at the end."""

from __future__ import annotations

import time

from edge_relay_harness.api import Json
from edge_relay_harness.audit import Books, acceptances, audit, heard, is_settled, tagged
from edge_relay_harness.clouds import AWS
from edge_relay_harness.load import Load
from edge_relay_harness.settings import TWILIO_SENDER
from edge_relay_harness.waiting import TimedOut, eventually

from .timeline import Timeline
from .world import World

_KILLS = 3
_BETWEEN_KILLS_S = 1.5
_LOAD_LIFE_S = 15
_SETTLE_S = 40.0
_PERSON = "+15557779999"


class Story:
    """Plays the demo in a world."""

    def __init__(self, world: World, timeline: Timeline) -> None:
        self._world = world
        self._timeline = timeline
        self._promised: dict[str, str] = {}

    def play(self) -> Books:
        """All acts; the closed books."""
        self._all_is_well()
        self._aws_fails()
        self._the_internet_is_cut()
        self._killed_under_load()
        self._all_returns()
        self._somebody_answers()
        return self._close_the_books()

    def _all_is_well(self) -> None:
        self._timeline.act("All ways are open: everything leaves by AWS")
        self._send("alarm", "info", "otp", "once", "bulk")

    def _aws_fails(self) -> None:
        self._timeline.act("AWS refuses connections: Twilio takes over")
        self._world.clouds.down(AWS)
        ids = self._send("alarm", "otp", "info")
        eventually("the receipts", lambda: all(self._record(i)["state"] == "delivered" for i in ids), 30)
        self._timeline.say(f"{len(ids)} deliveries came back: Twilio told the bridge, the bridge told the box")

    def _the_internet_is_cut(self) -> None:
        self._timeline.act("The internet is cut: the box's own modem takes over")
        self._world.clouds.down()
        self._send("alarm", "otp", "info")

    def _killed_under_load(self) -> None:
        self._timeline.act(f"Three applications keep submitting; the daemon is killed {_KILLS} times (kill -9)")
        self._timeline.set_busy(True)
        box = self._world.box
        load = Load(seed=1, life_s=_LOAD_LIFE_S, pause_s=0.25)
        load.start(box.api)
        for _ in range(_KILLS):
            time.sleep(_BETWEEN_KILLS_S)
            self._timeline.say(f"kill -9 {box.program.pid}")
            box.kill9()
            load.use(box.start().api)
        time.sleep(_BETWEEN_KILLS_S)
        load.stop()
        self._promised |= load.promised
        self._timeline.say(f"{len(load.promised)} submissions were answered with 202, {len(load.refused)} refused")

    def _all_returns(self) -> None:
        self._timeline.act("Internet and clouds return: what still waits goes out, the modem rests")
        self._world.clouds.up()
        self._timeline.say(
            f"a message whose outcome nobody can know waits for proof until it expires ({_LOAD_LIFE_S} s)"
        )
        waiting = set(self._promised.values())

        def all_settled() -> bool:
            waiting.difference_update([i for i in waiting if is_settled(self._record(i))])
            return not waiting

        try:
            eventually("all messages to settle", all_settled, _SETTLE_S, pause_s=0.25)
        except TimedOut as problem:
            self._timeline.say(f"{problem}; {len(waiting)} are open")
        self._timeline.set_busy(False)
        self._send("alarm")

    def _somebody_answers(self) -> None:
        self._timeline.act("Somebody answers by WhatsApp while the box is off: the bridge keeps it")
        world = self._world
        world.box.stop()
        world.clouds.receive(
            world.bridge.webhook("twilio/whatsapp"), f"whatsapp:{_PERSON}", f"whatsapp:{TWILIO_SENDER}", "I am on my way"
        )
        eventually("the bridge to have it", lambda: not all(e["acknowledged"] for e in world.bridge.events()), 30)
        self._timeline.say("the bridge has it; the box starts")
        world.box.start()

        def heard_by_the_application() -> list[Json]:
            messages: list[Json] = world.box.api.call("GET", "/v1/inbound").json["messages"]
            return [message for message in messages if message["from"] == _PERSON]

        answer = eventually("the answer", heard_by_the_application, 30)[0]
        self._timeline.say(f"GET /v1/inbound: \"{answer['text']}\" from {answer['from']} by {answer['provider']}")

    def _close_the_books(self) -> Books:
        records: dict[str, Json] = {}
        for message_id in self._promised.values():
            answer = self._world.box.api.call("GET", f"/v1/messages/{message_id}")
            if answer.status == 200:
                records[message_id] = answer.json
        taken = acceptances(self._world.clouds, [self._world.modem])
        books = audit(self._promised, records, taken, heard(run.lines for run in self._world.box.runs))
        for tag, message_id in self._promised.items():
            record = records.get(message_id)
            if record and not is_settled(record):
                books.violations.append(f"{tag} ({message_id}) is still {record['state']}")
        return books

    def _send(self, *classes: str) -> list[str]:
        """One message of each class, and waits until somebody took them; their ids."""
        ids = []
        for class_ in classes:
            number = len(self._promised)
            tag = f"demo-{number}"
            to, text = f"+1555777{number:04}", tagged("demo", number)
            self._promised[tag] = self._world.box.api.send(to, text, class_, expires_in=600)
            ids.append(self._promised[tag])
        eventually("the messages to be accepted", lambda: all(is_settled(self._record(i)) for i in ids), 30)
        return ids

    def _record(self, message_id: str) -> Json:
        return self._world.box.api.message(message_id)
