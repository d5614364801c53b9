"""AWS: End User Messaging SMS (JSON 1.0) and SNS Publish (query/XML), facts: cloud-apis.md 3 to 5."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from xml.sax.saxutils import escape

from .clock import CloudClock
from .faults import Fault, Operation
from .ledger import Ledger, Submission
from .sigv4 import Credentials, Flaw, SignatureRefusal, SignatureVerifier, SignedRequest
from .webhooks import CERTIFICATE_PATH, TopicSigner
from .wire import Request, Response

MAX_SNS_BYTES = 1600
MAX_EUM_CHARACTERS = 1600
TTL_RANGE_S = range(5, 259_201)
_INVALID_TOKEN = "The security token included in the request is invalid."
_EUM_NUMBER = re.compile(r"\+?[1-9][0-9]{1,18}")
_SNS_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# What the services that speak JSON call a bad signature.
JSON_AUTH_ERRORS = {
    Flaw.MISSING: "MissingAuthenticationTokenException",
    Flaw.INCOMPLETE: "IncompleteSignatureException",
    Flaw.UNKNOWN_KEY: "UnrecognizedClientException",
    Flaw.EXPIRED: "InvalidSignatureException",
    Flaw.MISMATCH: "InvalidSignatureException",
}


def signature_refusal(verifier: SignatureVerifier, request: Request, clock: CloudClock) -> SignatureRefusal | None:
    """What AWS's front door would say to the signature; None when it is in order."""
    signed = SignedRequest(request.method, request.raw_path, request.raw_query, request.headers, request.body)
    return verifier.refusal(signed, clock.now())


class EndUserMessaging:
    """SendTextMessage. Nothing can be looked up: AWS has no list of sent messages."""

    name = "aws-sms"
    _TARGET = "PinpointSMSVoiceV2."
    _COMMON = "com.amazon.coral.service#"  # errors of the front door come with a namespace, the service's own without

    def __init__(self, credentials: Credentials, ledger: Ledger, clock: CloudClock) -> None:
        self._verifier = SignatureVerifier(credentials, "sms-voice")
        self._ledger = ledger
        self._clock = clock

    def operation(self, request: Request) -> Operation:
        """SendTextMessage sends."""
        return Operation.SEND if request.header("X-Amz-Target").endswith(".SendTextMessage") else Operation.LOOK_UP

    def judge(self, request: Request) -> Submission | Response:
        """Signature first, as AWS does, then the parameters."""
        if refusal := signature_refusal(self._verifier, request, self._clock):
            return self._error(self._COMMON + JSON_AUTH_ERRORS[refusal.flaw], refusal.message)
        if request.header("X-Amz-Target") != self._TARGET + "SendTextMessage":
            return self._error(self._COMMON + "UnknownOperationException", "")
        if request.header("Content-Type") != "application/x-amz-json-1.0":
            return self._error(
                self._COMMON + "SerializationException", "Content-Type must be application/x-amz-json-1.0"
            )
        try:
            parameters = json.loads(request.body)
        except ValueError:
            parameters = None
        if not isinstance(parameters, dict):
            return self._error(self._COMMON + "SerializationException", "The body is not a JSON object")
        if flaw := _eum_flaw(parameters):
            field, reason, message = flaw
            return self._error(
                "ValidationException",
                message,
                members={"Reason": reason, "Fields": [{"Name": field, "Message": message}]},
            )
        return Submission(
            to=parameters["DestinationPhoneNumber"],
            text=parameters["MessageBody"],
            sender=parameters.get("OriginationIdentity", ""),
            rid=parameters.get("Context", {}).get("rid", ""),
            dry_run=bool(parameters.get("DryRun", False)),
        )

    def accept(self, submission: Submission, fault: str) -> Response:
        """A dry run is answered alike and recorded nowhere."""
        message_id = str(uuid.uuid4())
        if not submission.dry_run:
            self._ledger.add(self.name, submission, message_id, fault)
        return self._answer(200, {"MessageId": message_id})

    def error_answer(self, fault: Fault) -> Response:
        """Throttling is HTTP 400 here; only the name tells."""
        if fault.kind == "throttle":
            headers = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
            return self._error("ThrottlingException", "Rate exceeded", headers)
        if fault.kind == "credentials":
            return self._error(self._COMMON + "UnrecognizedClientException", _INVALID_TOKEN)
        if fault.kind == "error":
            members = {"Reason": fault.reason} if fault.reason else {}
            return self._error(fault.code, fault.message or "The request was refused", members=members)
        return self._answer(
            fault.status or 500, {"__type": "InternalServerException", "Message": "Internal server error"}
        )

    def _error(
        self, type_name: str, message: str, headers: dict[str, str] | None = None, members: dict[str, Any] | None = None
    ) -> Response:
        return self._answer(400, {"__type": type_name, "Message": message, **(members or {})}, headers)

    @staticmethod
    def _answer(status: int, value: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
        body = json.dumps(value, ensure_ascii=False).encode()
        request_id = {"x-amzn-RequestId": str(uuid.uuid4())}
        return Response(status, body, "application/x-amz-json-1.0", request_id | (headers or {}))


def _eum_flaw(parameters: dict[str, Any]) -> tuple[str, str, str] | None:
    """(field, reason, message) of the first parameter that SendTextMessage would refuse."""
    number = parameters.get("DestinationPhoneNumber")
    if number is None:
        return "DestinationPhoneNumber", "MISSING_PARAMETER", "DestinationPhoneNumber is required"
    if not isinstance(number, str) or not _EUM_NUMBER.fullmatch(number):
        return "DestinationPhoneNumber", "INVALID_PARAMETER", "DestinationPhoneNumber is not a phone number"
    body = parameters.get("MessageBody")
    if not isinstance(body, str) or not body.strip() or len(body) > MAX_EUM_CHARACTERS:
        return "MessageBody", "INVALID_PARAMETER", "MessageBody must have 1 to 1600 characters, not only white space"
    if parameters.get("MessageType", "TRANSACTIONAL") not in ("TRANSACTIONAL", "PROMOTIONAL"):
        return "MessageType", "INVALID_PARAMETER", "MessageType must be TRANSACTIONAL or PROMOTIONAL"
    if parameters.get("TimeToLive", 5) not in TTL_RANGE_S:
        return "TimeToLive", "INVALID_PARAMETER", "TimeToLive must be between 5 and 259200"
    if not 1 <= len(str(parameters.get("OriginationIdentity", "x"))) <= 256:
        return "OriginationIdentity", "INVALID_PARAMETER", "OriginationIdentity must have 1 to 256 characters"
    return _context_flaw(parameters.get("Context", {}))


def _context_flaw(context: Any) -> tuple[str, str, str] | None:
    def is_entry(key: str, value: Any) -> bool:
        is_key = 1 <= len(key) <= 100 and " " not in key
        return is_key and isinstance(value, str) and 1 <= len(value) <= 800 and value == value.strip(" ")

    if isinstance(context, dict) and len(context) <= 5 and all(is_entry(key, value) for key, value in context.items()):
        return None
    return "Context", "INVALID_PARAMETER", "Context must be at most 5 pairs of texts"


class SimpleNotificationService:
    """Publish to a phone number."""

    name = "aws-sns"
    _NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
    _AUTH_ERRORS = {
        Flaw.MISSING: (403, "MissingAuthenticationToken"),
        Flaw.INCOMPLETE: (400, "IncompleteSignature"),
        Flaw.UNKNOWN_KEY: (403, "InvalidClientTokenId"),
        Flaw.EXPIRED: (403, "SignatureDoesNotMatch"),
        Flaw.MISMATCH: (403, "SignatureDoesNotMatch"),
    }
    _STATUS_OF_CODE = {
        "Throttled": 429,
        "AuthorizationError": 403,
        "InvalidClientTokenId": 403,
        "InternalError": 500,
        "NotFound": 404,
    }

    def __init__(self, credentials: Credentials, ledger: Ledger, clock: CloudClock, signer: TopicSigner) -> None:
        self._verifier = SignatureVerifier(credentials, "sns")
        self._signer = signer
        self._ledger = ledger
        self._clock = clock

    def operation(self, request: Request) -> Operation:
        """Publish sends."""
        return Operation.SEND if request.form().get("Action") == "Publish" else Operation.LOOK_UP

    def judge(self, request: Request) -> Submission | Response:
        """The signing certificate is anybody's. Else signature first, then the parameters."""
        if request.method == "GET" and request.path == CERTIFICATE_PATH:
            return Response(200, self._signer.certificate(), "application/x-pem-file")
        if refusal := signature_refusal(self._verifier, request, self._clock):
            status, code = self._AUTH_ERRORS[refusal.flaw]
            return self._error(status, code, refusal.message)
        form = request.form()
        if form.get("Action") != "Publish" or form.get("Version") != "2010-03-31":
            return self._error(400, "InvalidAction", f"Could not find operation {form.get('Action')}")
        number, text = form.get("PhoneNumber", ""), form.get("Message", "")
        if sum(name in form for name in ("PhoneNumber", "TopicArn", "TargetArn")) != 1:
            return self._invalid("exactly one of PhoneNumber, TopicArn and TargetArn is required")
        if not _SNS_NUMBER.fullmatch(number):
            return self._invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
        if not text or len(text.encode()) > MAX_SNS_BYTES:
            return self._invalid("Message must have 1 to 1600 bytes")
        return Submission(number, text, _message_attribute(form, "AWS.SNS.SMS.SenderID"), rid="")

    def accept(self, submission: Submission, fault: str) -> Response:
        """Takes the message; opted-out numbers too, as SNS does."""
        message_id = str(uuid.uuid4())
        self._ledger.add(self.name, submission, message_id, fault)
        result = f"<PublishResult><MessageId>{message_id}</MessageId></PublishResult>"
        metadata = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        return self._xml(200, f'<PublishResponse xmlns="{self._NAMESPACE}">{result}{metadata}</PublishResponse>')

    def error_answer(self, fault: Fault) -> Response:
        """SNS answers throttling with 429."""
        if fault.kind == "throttle":
            headers = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
            return self._error(429, "Throttled", "Rate exceeded", headers)
        if fault.kind == "credentials":
            return self._error(403, "InvalidClientTokenId", _INVALID_TOKEN)
        if fault.kind == "error":
            status = self._STATUS_OF_CODE.get(fault.code, 400)
            return self._error(status, fault.code, fault.message or "The request was refused")
        return self._error(fault.status or 500, "InternalError", "Internal error")

    def _error(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
        side = "Sender" if status < 500 else "Receiver"
        detail = f"<Type>{side}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        request_id = f"<RequestId>{uuid.uuid4()}</RequestId>"
        xml = f'<ErrorResponse xmlns="{self._NAMESPACE}"><Error>{detail}</Error>{request_id}</ErrorResponse>'
        return self._xml(status, xml, headers)

    def _invalid(self, message: str) -> Response:
        return self._error(400, "InvalidParameter", f"Invalid parameter: {message}")

    @staticmethod
    def _xml(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
        request_id = {"x-amzn-RequestId": str(uuid.uuid4())}
        return Response(status, text.encode(), "text/xml", request_id | (headers or {}))


def _message_attribute(form: dict[str, str], name: str) -> str:
    for key, value in form.items():
        match = re.fullmatch(r"MessageAttributes\.entry\.(\d+)\.Name", key)
        if match and value == name:
            return form.get(f"MessageAttributes.entry.{match[1]}.Value.StringValue", "")
    return ""
