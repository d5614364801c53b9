"""The LAN API as an application uses it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from .waiting import eventually

FINAL_STATES = frozenset({"delivered", "failed", "expired", "blocked", "cancelled", "unconfirmed", "unknown"})
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """Last part of a problem's type ("queue-full"); empty when the answer is not a problem."""
        if self.headers.get_content_type() != "application/problem+json":
            return ""
        return str(self.json["type"]).rsplit("/", 1)[-1]


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("edge-relay", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def call_unix(path: Path, method: str, target: str, body: Any = None, timeout_s: float = 100.0) -> Answer:
    """One request over a Unix socket; `body` is sent as JSON."""
    connection = _UnixConnection(path, timeout_s)
    try:
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, target, data, {"Content-Type": "application/json"} if data else {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


class Refused(AssertionError):
    """The API answered a submission with something else than 202."""


class ApiClient:
    """One application: an address and a key. A new connection for each call, so that a restarted box is no matter."""

    def __init__(self, port: int, key: str, timeout_s: float = 10.0) -> None:
        self.port = port
        self.key = key
        self._timeout_s = timeout_s

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Any request; `body` is sent as JSON unless it is bytes."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._timeout_s)
        try:
            connection.request(method, path, data, {**sent, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def submit(self, idempotency_key: str = "", **fields: Any) -> Answer:
        """POST /v1/messages; `class_` stands for the member `class`, `from_` for `from`."""
        body = {name.rstrip("_"): value for name, value in fields.items()}
        return self.call("POST", "/v1/messages", body, {"Idempotency-Key": idempotency_key} if idempotency_key else {})

    def send(self, to: str, text: str, class_: str = "info", **fields: Any) -> str:
        """Submits to one recipient; the message's id."""
        answer = self.submit(to=to, text=text, class_=class_, **fields)
        if answer.status != 202:
            raise Refused(f"submission refused: {answer.status} {answer.body.decode(errors='replace')}")
        return str(answer.json["messages"][0]["id"])

    def message(self, message_id: str) -> Json:
        """GET /v1/messages/{id}."""
        answer = self.call("GET", f"/v1/messages/{message_id}")
        if answer.status != 200:
            raise AssertionError(f"message {message_id}: {answer.status} {answer.body.decode(errors='replace')}")
        record: Json = answer.json
        return record

    def messages(self, query: str = "") -> list[Json]:
        """All messages that match, page by page."""
        found: list[Json] = []
        cursor = ""
        while True:
            page = self.call("GET", f"/v1/messages?limit=500{query}{cursor}").json
            found += page["messages"]
            if not page["next_cursor"]:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    def cancel(self, message_id: str) -> Answer:
        """DELETE /v1/messages/{id}."""
        return self.call("DELETE", f"/v1/messages/{message_id}")

    def wait_for_state(self, message_id: str, *states: str, timeout_s: float = 15.0) -> Json:
        """The message once it is in one of the states; a message that ended otherwise fails at once."""

        def reached() -> Json | None:
            record = self.message(message_id)
            if record["state"] in states:
                return record
            if record["state"] in FINAL_STATES:
                raise AssertionError(f"awaited {' or '.join(states)}, but it ended so: {json.dumps(record, indent=1)}")
            return None

        return eventually(f"message {message_id} to be {' or '.join(states)}", reached, timeout_s)

    def wait_for_outcomes(self, message_id: str, count: int, timeout_s: float = 15.0) -> list[tuple[str, str]]:
        """(provider, outcome) of each attempt, once `count` attempts have an outcome."""

        def ended() -> list[tuple[str, str]] | None:
            outcomes = outcomes_of(self.message(message_id))
            return outcomes if len(outcomes) >= count and all(outcome for _, outcome in outcomes) else None

        return eventually(f"{count} attempts of message {message_id} to end", ended, timeout_s)


def in_seconds(seconds: float) -> str:
    """That moment as RFC 3339, for send_at and expires_at."""
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def outcomes_of(record: Json) -> list[tuple[str, str]]:
    """(provider, outcome) of each attempt; an attempt under way has the outcome ""."""
    return [(attempt["provider"], attempt["outcome"] or "") for attempt in record["attempts"]]
