"""Twilio's Messages resource, as of its 2010-04-01 API (facts: cloud-apis.md 2)."""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from .clock import CloudClock
from .faults import Fault, Operation
from .ledger import Ledger, Submission
from .webhooks import WebhookSender, twilio_call
from .wire import Request, Response, json_response

MAGIC_RECIPIENTS = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
MESSAGE_OF_CODE = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "The 'To' number is not a valid phone number.",
    21212: "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number.",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The From phone number is not a valid, SMS-capable inbound phone number or short code for your account.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number is not currently reachable using the 'From' phone number via SMS.",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit.",
    21620: "Invalid media URL(s)",
    21655: "The ContentSid is Invalid",
    21656: "The ContentVariables Parameter is invalid",
    21910: "Invalid From and To pair. From and To should be of the same channel",
}
STATUS_OF_CODE = {20003: 401, 20404: 404, 20429: 429, 20500: 500}
MAX_BODY_CHARACTERS = 1600
_E164 = re.compile(r"\+[1-9]\d{6,14}")
WHATSAPP = "whatsapp:"
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_ALPHANUMERIC_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def error(code: int, message: str = "", **headers: str) -> Response:
    """An error in Twilio's shape."""
    status = STATUS_OF_CODE.get(code, 400)
    body = {
        "code": code,
        "message": message or MESSAGE_OF_CODE.get(code, "Error"),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return json_response(status, body, **headers)


@dataclass(frozen=True)
class StoredMessage:
    """A message in the simulated account; its status follows from its age."""

    sid: str
    submission: Submission
    created_at: datetime
    is_template: bool = False


@dataclass
class TwilioBehaviour:
    """What tests may change while it runs."""

    status_delay_ms: int = 300  # from queued to sent, and again from sent to the final status
    final_status: str = "delivered"  # "delivered", "undelivered", "failed" or "sent" (no carrier receipt ever)
    final_error_code: int = 30005
    callbacks: bool = False  # call StatusCallback
    # What WhatsApp messages fail with after they were taken, as Meta says it late; 0: they go as others do. 63016 (the
    # 24-hour window is closed) lets templates through.
    whatsapp_error_code: int = 0


@dataclass(frozen=True)
class TwilioAccount:
    """Credentials: the account's own, or an API key under the same account."""

    sid: str
    auth_token: str
    api_key_sid: str = ""
    api_key_secret: str = ""


class Twilio:
    """Create, fetch, list, cancel and delete of messages."""

    name = "twilio"

    def __init__(self, account: TwilioAccount, ledger: Ledger, clock: CloudClock, webhooks: WebhookSender) -> None:
        self._account = account
        self._webhooks = webhooks
        self._ledger = ledger
        self._clock = clock
        self._base = f"/2010-04-01/Accounts/{account.sid}/Messages"
        self._messages: dict[str, StoredMessage] = {}
        self.behaviour = TwilioBehaviour()

    def operation(self, request: Request) -> Operation:
        """Only the create call sends."""
        is_create = request.method == "POST" and request.path.endswith("/Messages.json")
        return Operation.SEND if is_create else Operation.LOOK_UP

    def judge(self, request: Request) -> Submission | Response:
        """Authenticates, then routes."""
        if not self._is_authentic(request):
            return error(20003)
        if request.path == f"{self._base}.json":
            return self._judge_create(request) if request.method == "POST" else self._list(request)
        match = re.fullmatch(re.escape(self._base) + r"/(SM[0-9a-f]{32})\.json", request.path)
        message = self._messages.get(match[1]) if match else None
        if message is None:
            return error(20404, f"The requested resource {request.path} was not found")
        if request.method == "DELETE":
            del self._messages[message.sid]
            return Response(204)
        return json_response(200, self._resource(message))

    def accept(self, submission: Submission, fault: str) -> Response:
        """Stores the message; the answer always says queued, as the real one does."""
        is_template = submission.to.startswith(WHATSAPP) and submission.text.startswith("[template ")
        message = StoredMessage("SM" + secrets.token_hex(16), submission, self._clock.now(), is_template)
        self._messages[message.sid] = message
        self._ledger.add(self.name, submission, message.sid, fault)
        if submission.callback and self.behaviour.callbacks:
            self._call_back(message)
        return json_response(201, self._resource(message), **{"Twilio-Concurrent-Requests": "1"})

    def receive(self, url: str, sender: str, recipient: str, text: str) -> str:
        """Somebody writes to a number of the account: Twilio calls the URL. Returns the message's SID."""
        sid = "SM" + secrets.token_hex(16)
        form = {"MessageSid": sid, "SmsStatus": "received", "From": sender, "To": recipient, "Body": text}
        self._call(url, form | {"NumMedia": "0", "NumSegments": "1"})
        return sid

    def _call_back(self, message: StoredMessage) -> None:
        for step, status in enumerate(("sent", self.behaviour.final_status), start=1):
            form = {"MessageSid": message.sid, "MessageStatus": status, "To": message.submission.to}
            if status in ("undelivered", "failed"):
                form["ErrorCode"] = str(self.behaviour.final_error_code)
            form["From"] = message.submission.sender
            self._call(message.submission.callback, form, step * self.behaviour.status_delay_ms / 1000)

    def _call(self, url: str, form: dict[str, str], delay_s: float = 0.0) -> None:
        whole = {"AccountSid": self._account.sid, "ApiVersion": "2010-04-01", **form}
        headers, body = twilio_call(url, whole, self._account.auth_token)
        self._webhooks.post(url, headers, body, delay_s)

    def error_answer(self, fault: Fault) -> Response:
        """Twilio's words for a planned error."""
        headers = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
        if fault.kind == "throttle":
            return error(20429, **headers)
        if fault.kind == "credentials":
            return error(20003)
        if fault.kind == "error":
            return error(int(fault.code), fault.message)
        status = fault.status or 500
        body = {
            "code": 20500 if status == 500 else 20000 + status,
            "message": "Internal Server Error",
            "status": status,
            "more_info": "https://www.twilio.com/docs/errors/20500",
        }
        return json_response(status, body, **headers)

    def _is_authentic(self, request: Request) -> bool:
        scheme, _, encoded = request.header("Authorization").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(encoded, validate=True)
        except ValueError:
            return False
        pairs = [(self._account.sid, self._account.auth_token)]
        if self._account.api_key_sid:
            pairs.append((self._account.api_key_sid, self._account.api_key_secret))
        return any(hmac.compare_digest(given, f"{user}:{password}".encode()) for user, password in pairs)

    def _judge_create(self, request: Request) -> Submission | Response:
        if not request.header("Content-Type").startswith("application/x-www-form-urlencoded"):
            return error(21604)  # a JSON body is simply not read, so there is no To
        form = request.form()
        recipient, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        if recipient.startswith(WHATSAPP) or sender.startswith(WHATSAPP):
            body, code = _whatsapp_content(form)
            code = code or _whatsapp_flaw(recipient, sender or form.get("MessagingServiceSid", ""), body)
        else:
            code = _flaw(recipient, sender or form.get("MessagingServiceSid", ""), body)
        validity = form.get("ValidityPeriod", "36000")
        if code is None and not (validity.isdigit() and 1 <= int(validity) <= 36000):
            return error(20001, "ValidityPeriod must be between 1 and 36000")
        if code is not None:
            message = f"Invalid 'To' Phone Number: {recipient}" if code == 21211 else ""
            return error(code, message)
        callback = form.get("StatusCallback", "")
        rid = parse_qs(urlsplit(callback).query).get("rid", [""])[0]
        return Submission(recipient, body, sender or form["MessagingServiceSid"], rid, callback=callback)

    def _status_steps(self, message: StoredMessage) -> int:
        """0: queued, 1: sent, 2: final."""
        age = self._clock.now() - message.created_at
        step = timedelta(milliseconds=max(self.behaviour.status_delay_ms, 1))
        return min(int(age / step), 2)

    def _late_code(self, message: StoredMessage) -> int:
        code = self.behaviour.whatsapp_error_code
        if not message.submission.to.startswith(WHATSAPP) or (code == 63016 and message.is_template):
            return 0
        return code

    def _resource(self, message: StoredMessage) -> dict[str, Any]:
        steps = self._status_steps(message)
        late_code = self._late_code(message)
        status = ["queued", "sent", "failed" if late_code else self.behaviour.final_status][steps]
        is_failed = status in ("undelivered", "failed")
        created = format_datetime(message.created_at)
        uri = f"{self._base}/{message.sid}"
        return {
            "sid": message.sid,
            "account_sid": self._account.sid,
            "messaging_service_sid": None,
            "to": message.submission.to,
            "from": message.submission.sender,
            "body": message.submission.text,
            "status": status,
            "direction": "outbound-api",
            "api_version": "2010-04-01",
            "num_segments": "1",
            "num_media": "0",
            "price": "-0.00790" if steps else None,
            "price_unit": "USD",
            "error_code": (late_code or self.behaviour.final_error_code) if is_failed else None,
            "error_message": "Unknown destination handset" if is_failed else None,
            "date_created": created,
            "date_updated": created,
            "date_sent": created if steps else None,
            "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }

    def _list(self, request: Request) -> Response:
        query = request.query()
        try:
            matching = [message for message in reversed(self._messages.values()) if _matches(message, query)]
            size = min(int(query.get("PageSize", "50")), 1000)
            page = int(query.get("Page", "0"))
        except ValueError as problem:
            return error(20001, f"Invalid parameter: {problem}")
        shown = matching[page * size : (page + 1) * size]
        has_next = (page + 1) * size < len(matching)
        token = f"PA{shown[-1].sid}" if shown else ""
        next_query = urlencode({**query, "PageSize": size, "Page": page + 1, "PageToken": token})
        return json_response(
            200,
            {
                "messages": [self._resource(message) for message in shown],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(len(shown) - 1, 0),
                "uri": f"{self._base}.json?{request.raw_query}",
                "first_page_uri": f"{self._base}.json?PageSize={size}&Page=0",
                "next_page_uri": f"{self._base}.json?{next_query}" if has_next else None,
                "previous_page_uri": None,
            },
        )


def _flaw(recipient: str, sender: str, body: str) -> int | None:
    """The code Twilio would answer a create request with, None when it is in order."""
    if not recipient:
        return 21604
    if not sender:
        return 21603
    if not body:
        return 21602
    if len(body) > MAX_BODY_CHARACTERS:
        return 21617
    if recipient in MAGIC_RECIPIENTS:
        return MAGIC_RECIPIENTS[recipient]
    if not _E164.fullmatch(recipient):
        return 21211
    if sender in MAGIC_SENDERS:
        return MAGIC_SENDERS[sender]
    is_number = sender.isdigit() or _E164.fullmatch(sender)
    return None if is_number or sender.startswith("MG") or _ALPHANUMERIC_SENDER.fullmatch(sender) else 21212


def _whatsapp_content(form: dict[str, str]) -> tuple[str, int | None]:
    """What is said, as the ledger shows it, and the code of what is wrong with it."""
    if sid := form.get("ContentSid", ""):
        variables = form.get("ContentVariables", "{}")
        try:
            values = json.loads(variables)
        except ValueError:
            values = None
        is_usable = isinstance(values, dict) and all(
            isinstance(value, str) and value and not re.search(r"[\n\t]| {5}", value) for value in values.values()
        )
        code = None if _CONTENT_SID.fullmatch(sid) else 21655
        return f"[template {sid}] {variables}", code or (None if is_usable else 21656)
    if url := form.get("MediaUrl", ""):
        return f"[media {url}] {form.get('Body', '')}".rstrip(), None if url.startswith("https://") else 21620
    return form.get("Body", ""), None


def _whatsapp_flaw(recipient: str, sender: str, body: str) -> int | None:
    """As _flaw(), for addresses of WhatsApp."""
    if not sender:
        return 21603
    if not recipient.startswith(WHATSAPP) or not (sender.startswith(WHATSAPP) or sender.startswith("MG")):
        return 21910
    return _flaw(recipient.removeprefix(WHATSAPP), sender.removeprefix(WHATSAPP), body)


def _matches(message: StoredMessage, query: dict[str, str]) -> bool:
    """The list's filters. A message not yet sent is filtered by its creation: Twilio documents nothing else."""
    day = message.created_at.date()
    return (
        query.get("To", message.submission.to) == message.submission.to
        and query.get("From", message.submission.sender) == message.submission.sender
        and ("DateSent" not in query or day == _day(query["DateSent"]))
        and ("DateSent>" not in query or day >= _day(query["DateSent>"]))
        and ("DateSent<" not in query or day <= _day(query["DateSent<"]))
    )


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
