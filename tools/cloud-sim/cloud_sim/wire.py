"""Just enough of HTTP/1.1 over asyncio streams, kept apart so that a fault can spoil an answer byte by byte."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_BODY_BYTES = 1 << 20


class MalformedRequest(Exception):
    """What came is not HTTP that this simulator understands."""


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    raw_path: str
    raw_query: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def path(self) -> str:
        """Percent-decoded path."""
        return unquote(self.raw_path)

    def header(self, name: str) -> str:
        """First value of a header, empty when absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def query(self) -> dict[str, str]:
        """Decoded query parameters; of equal names the last one counts."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """Decoded form body; of equal names the last one counts."""
        return dict(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    """One answer before it is put on the wire."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self, unix_time: float, keep_alive: bool = True) -> bytes:
        """The bytes on the wire, dated by the cloud's clock (the relay corrects its own clock by this header)."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unassigned"
        lines = [
            f"HTTP/1.1 {self.status} {phrase}",
            f"Date: {formatdate(unix_time, usegmt=True)}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            f"Connection: {'keep-alive' if keep_alive else 'close'}",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def json_response(status: int, value: Any, **headers: str) -> Response:
    """A JSON answer."""
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers)


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes = b"") -> Request:
    """Reads one request; `first` is what was already taken off the stream."""
    try:
        head = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise MalformedRequest("header too long") from error
    request_line, *header_lines = head.decode("latin-1").split("\r\n")[:-2]
    parts = request_line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise MalformedRequest(f"not a request line: {request_line!r}")
    headers = [_header(line) for line in header_lines]
    target = urlsplit(parts[1])
    request = Request(parts[0], target.path, target.query, headers, b"")
    if request.header("Expect").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _read_body(reader, request)
    return Request(parts[0], target.path, target.query, headers, body)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name or name != name.strip():
        raise MalformedRequest(f"not a header line: {line!r}")
    # Header values are UTF-8 here (a signature may cover them), whatever the head was split as.
    return name, value.strip().encode("latin-1").decode("utf-8", "replace")


async def _read_body(reader: asyncio.StreamReader, request: Request) -> bytes:
    if request.header("Transfer-Encoding").lower() == "chunked":
        return await _read_chunks(reader)
    length = request.header("Content-Length") or "0"
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise MalformedRequest(f"unusable Content-Length {length!r}")
    return await reader.readexactly(int(length))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return body
        if len(body) > MAX_BODY_BYTES:
            raise MalformedRequest("body too long")
