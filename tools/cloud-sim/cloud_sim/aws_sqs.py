"""AWS SQS: one queue, ReceiveMessage and DeleteMessage (JSON 1.0), facts: cloud-apis.md 8."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .aws import JSON_AUTH_ERRORS, signature_refusal
from .clock import CloudClock
from .faults import Fault, Operation
from .ledger import Submission
from .sigv4 import Credentials, SignatureVerifier
from .wire import Request, Response

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/edge-relay"


@dataclass
class Queued:
    """A message of the queue."""

    body: str
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    handle: str = ""
    received: int = 0
    visible_at: datetime | None = None


class SimpleQueueService:
    """Hands messages out again after their visibility timeout, until they are deleted. An empty queue is answered at
    once, as with WaitTimeSeconds 0."""

    name = "aws-sqs"

    def __init__(self, credentials: Credentials, clock: CloudClock) -> None:
        self._verifier = SignatureVerifier(credentials, "sqs")
        self._clock = clock
        self._queue: list[Queued] = []
        self.visibility_ms = 0  # overrides what is asked for, so that tests need not wait a minute
        self.deleted: list[str] = []

    def put(self, message: Any, raw: bool = False) -> None:
        """What a topic delivers: the SNS notification, or (raw) the message alone."""
        inner = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        envelope = {
            "Type": "Notification",
            "MessageId": str(uuid.uuid4()),
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:edge-relay",
            "Message": inner,
            "Timestamp": self._clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
        self._queue.append(Queued(inner if raw else json.dumps(envelope, ensure_ascii=False)))

    def left(self) -> int:
        """Messages that were not deleted."""
        return len(self._queue)

    def operation(self, request: Request) -> Operation:
        """Nothing here sends."""
        return Operation.LOOK_UP

    def judge(self, request: Request) -> Submission | Response:
        """Signature first, as AWS does, then the call."""
        if refusal := signature_refusal(self._verifier, request, self._clock):
            return self._error(JSON_AUTH_ERRORS[refusal.flaw], refusal.message, 403)
        if request.header("Content-Type") != "application/x-amz-json-1.0":
            return self._error("SerializationException", "Content-Type must be application/x-amz-json-1.0")
        try:
            parameters = json.loads(request.body)
        except ValueError:
            return self._error("SerializationException", "The body is not JSON")
        if parameters.get("QueueUrl") != QUEUE_URL:
            return self._error("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.")
        if request.header("X-Amz-Target") == "AmazonSQS.ReceiveMessage":
            return self._receive(parameters)
        if request.header("X-Amz-Target") == "AmazonSQS.DeleteMessage":
            return self._delete(str(parameters.get("ReceiptHandle")))
        return self._error("UnknownOperationException", "")

    def accept(self, submission: Submission, fault: str) -> Response:
        """Never called: nothing here is a submission."""
        raise NotImplementedError

    def error_answer(self, fault: Fault) -> Response:
        """SQS's words for a planned error."""
        if fault.kind == "throttle":
            return self._error("com.amazonaws.sqs#RequestThrottled", "Rate exceeded")
        if fault.kind == "credentials":
            return self._error("UnrecognizedClientException", "The security token is invalid.", 403)
        if fault.kind == "error":
            return self._error(fault.code, fault.message or "The request was refused")
        return self._error("InternalFailure", "Internal error", fault.status or 500)

    def _receive(self, parameters: dict[str, Any]) -> Response:
        most, wait = parameters.get("MaxNumberOfMessages", 1), parameters.get("WaitTimeSeconds", 0)
        if most not in range(1, 11) or wait not in range(21):
            return self._error("com.amazonaws.sqs#InvalidParameterValue", "A value is out of its range")
        now = self._clock.now()
        hidden = timedelta(milliseconds=self.visibility_ms or 1000 * parameters.get("VisibilityTimeout", 30))
        shown = [m for m in self._queue if m.visible_at is None or m.visible_at <= now][:most]
        for message in shown:
            message.handle = str(uuid.uuid4())
            message.received += 1
            message.visible_at = now + hidden
        return self._answer(200, {"Messages": [self._shown(message) for message in shown]} if shown else {})

    @staticmethod
    def _shown(message: Queued) -> dict[str, Any]:
        return {
            "MessageId": message.message_id,
            "ReceiptHandle": message.handle,
            "MD5OfBody": hashlib.md5(message.body.encode()).hexdigest(),
            "Body": message.body,
            "Attributes": {"ApproximateReceiveCount": str(message.received)},
        }

    def _delete(self, handle: str) -> Response:
        gone = [message for message in self._queue if message.handle == handle]
        self.deleted += [message.message_id for message in gone]
        self._queue = [message for message in self._queue if message not in gone]
        return Response(200, b"", "application/x-amz-json-1.0")

    def _error(self, name: str, message: str, status: int = 400) -> Response:
        return self._answer(status, {"__type": name, "message": message})

    @staticmethod
    def _answer(status: int, value: dict[str, Any]) -> Response:
        body = json.dumps(value, ensure_ascii=False).encode()
        return Response(status, body, "application/x-amz-json-1.0", {"x-amzn-RequestId": str(uuid.uuid4())})
