#!/usr/bin/python3
"""Hostile and clumsy HTTP: every bound is answered, and others are served meanwhile."""

import json
import socket
import time
import unittest

from edge_relay_harness import settings
from edge_relay_harness.case import SystemTest
from edge_relay_harness.settings import BoxSettings

TO = "+15551230001"
MAX_CONNECTIONS_PER_PEER = 64  # relay/http/server.hpp


def status_of(answer: bytes) -> int:
    """Status of the first answer in what a socket gave; 0 when there is none."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and answer.startswith(b"HTTP/1.1 ") else 0


class Limits(SystemTest):
    """Raw sockets against the API."""

    def setUp(self) -> None:
        super().setUp()
        self.clouds = self.start_clouds()
        self.box = self.start_box(BoxSettings({"twilio": settings.twilio(self.clouds)}))
        self.api = self.box.api

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.box.port), timeout=timeout_s)
        self.addCleanup(connection.close)
        return connection

    def submission(self, text: str = "hello", extra: str = "") -> bytes:
        body = json.dumps({"to": TO, "text": text}).encode()
        head = f"POST /v1/messages HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {self.api.key}\r\n{extra}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    @staticmethod
    def read_all(connection: socket.socket) -> bytes:
        """Everything until the box closes the connection."""
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received

    def exchange(self, request: bytes) -> bytes:
        """Sends a request, half-closes, reads the answer."""
        connection = self.connect()
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return self.read_all(connection)

    def test_slow_header_is_cut_off_and_harms_nobody(self) -> None:
        slow = [self.connect(timeout_s=20) for _ in range(20)]
        began = time.monotonic()
        for connection in slow:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: box\r\n")
        self.assertEqual(202, self.api.submit(to=TO, text="meanwhile").status)
        for _ in range(6):
            time.sleep(1)
            for connection in slow:
                connection.sendall(b"X-Slow: 1\r\n")
        answers = [status_of(self.read_all(connection)) for connection in slow]
        self.assertEqual({408}, set(answers))
        self.assertLess(time.monotonic() - began, 15)

    def test_header_too_large(self) -> None:
        answer = self.exchange(b"GET /livez HTTP/1.1\r\nHost: box\r\nX: " + b"x" * 20_000 + b"\r\n\r\n")
        self.assertEqual(431, status_of(answer))

    def test_body_too_large_is_refused_before_it_is_sent(self) -> None:
        head = f"POST /v1/messages HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {self.api.key}\r\n"
        answer = self.exchange(f"{head}Content-Length: 100000000\r\n\r\n".encode())
        self.assertEqual(413, status_of(answer))

    def test_chunked_body_too_large(self) -> None:
        head = f"POST /v1/messages HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {self.api.key}\r\n"
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        connection = self.connect()
        try:
            connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 5)
        except OSError:
            pass  # it may close early: the answer counts
        self.assertEqual(413, status_of(self.read_all(connection)))

    def test_pipelining_keeps_order(self) -> None:
        connection = self.connect()
        texts = [f"number {n}" for n in range(5)]
        connection.sendall(
            b"".join(self.submission(text) for text in texts[:-1]) + self.submission(texts[-1], "Connection: close\r\n")
        )
        answers = self.read_all(connection)
        self.assertEqual(5, answers.count(b"HTTP/1.1 202 "))
        ids = [json.loads(part.split(b"\r\n\r\n", 1)[1])["id"] for part in answers.split(b"HTTP/1.1 ")[1:]]
        self.assertEqual(texts, [self.api.message(message_id)["text"] for message_id in ids])

    def test_one_byte_at_a_time(self) -> None:
        connection = self.connect()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in self.submission("trickle", "Connection: close\r\n"):
            connection.sendall(bytes([byte]))
        self.assertEqual(202, status_of(self.read_all(connection)))

    def test_split_chunks(self) -> None:
        body = json.dumps({"to": TO, "text": "in chunks"}).encode()
        head = (
            f"POST /v1/messages HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {self.api.key}\r\nConnection: close\r\n"
        )
        chunks = b"".join(b"1;a=b\r\n" + bytes([byte]) + b"\r\n" for byte in body) + b"0\r\n\r\n"
        answer = self.exchange(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
        self.assertEqual(202, status_of(answer))

    def test_smuggling_and_nonsense(self) -> None:
        host = b"Host: box\r\n"
        for request, status in (
            (
                b"POST /v1/messages HTTP/1.1\r\n"
                + host
                + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400,
            ),
            (b"POST /v1/messages HTTP/1.1\r\n" + host + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
            (b"GET /livez HTTP/1.1\r\n\r\n", 400),
            (b"GET /livez HTTP/1.1\r\n" + host + host + b"\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
            (b"GET /livez HTTP/3.0\r\n" + host + b"\r\n", 505),
            (b"GET /%zz HTTP/1.1\r\n" + host + b"\r\n", 400),
        ):
            with self.subTest(request=request[:40]):
                self.assertEqual(status, status_of(self.exchange(request)))
        self.assertEqual(200, self.api.call("GET", "/livez").status)

    def test_too_many_connections_of_one_peer(self) -> None:
        probe = b"GET /livez HTTP/1.1\r\nHost: box\r\n\r\n"
        for _ in range(MAX_CONNECTIONS_PER_PEER):
            connection = self.connect()
            connection.sendall(probe)
            self.assertEqual(200, status_of(connection.recv(65536)))  # taken, and kept open
        surplus = self.connect()
        self.assertEqual(503, status_of(self.read_all(surplus)))

    def test_client_leaves_before_the_answer(self) -> None:
        for number in range(50):
            connection = socket.create_connection(("127.0.0.1", self.box.port))
            connection.sendall(self.submission(f"hasty {number}"))
            connection.close()
        self.assertEqual(202, self.api.submit(to=TO, text="still there").status)


if __name__ == "__main__":
    unittest.main()
