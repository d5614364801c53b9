"""AWS End User Messaging Social: SendWhatsAppMessage (REST-JSON), facts: cloud-apis.md 6."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import Any

from .aws import JSON_AUTH_ERRORS, signature_refusal
from .clock import CloudClock
from .faults import Fault, Operation
from .ledger import Ledger, Submission
from .sigv4 import Credentials, SignatureVerifier
from .wire import Request, Response

MAX_TEXT_CHARACTERS = 4096
_SENDER = re.compile(r"phone-number-id-[0-9a-f]{32}|arn:aws[a-z-]*:social-messaging:.+")
_VERSION = re.compile(r"v[1-9][0-9]?\.0")
_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")
_MEDIA = ("image", "document", "audio", "video")


class SocialMessaging:
    """SendWhatsAppMessage. It only takes messages: what Meta makes of them comes as events, which are not played."""

    name = "aws-whatsapp"
    _PATH = "/v1/whatsapp/send"
    _STATUS_OF_CODE = {
        "ResourceNotFoundException": 404,
        "AccessDeniedException": 403,
        "AccessDeniedByMetaException": 403,
        "ThrottledRequestException": 429,
        "InternalServiceException": 500,
        "DependencyException": 502,
    }

    def __init__(self, credentials: Credentials, ledger: Ledger, clock: CloudClock) -> None:
        self._verifier = SignatureVerifier(credentials, "social-messaging")
        self._ledger = ledger
        self._clock = clock

    def operation(self, request: Request) -> Operation:
        """Only one path sends."""
        return Operation.SEND if request.path == self._PATH else Operation.LOOK_UP

    def judge(self, request: Request) -> Submission | Response:
        """Signature first, as AWS does, then the parameters."""
        if refusal := signature_refusal(self._verifier, request, self._clock):
            return self._error(JSON_AUTH_ERRORS[refusal.flaw], refusal.message, 403)
        if request.method != "POST" or request.path != self._PATH:
            return self._error("UnknownOperationException", "", 404)
        try:
            parameters = json.loads(request.body)
            message = json.loads(base64.b64decode(parameters["message"], validate=True))
        except (ValueError, KeyError, TypeError):
            return self._error("ValidationException", "message must be the base64 of a JSON object")
        if not _SENDER.fullmatch(str(parameters.get("originationPhoneNumberId", ""))):
            return self._error("ValidationException", "originationPhoneNumberId is not valid")
        if not _VERSION.fullmatch(str(parameters.get("metaApiVersion", ""))):
            return self._error("ValidationException", "metaApiVersion is not valid")
        text = _meta_text(message)
        if text is None:
            return self._error("InvalidParametersException", "The message is not one that Meta takes")
        rid = str(message.get("biz_opaque_callback_data", ""))
        return Submission(f"whatsapp:{message['to']}", text, parameters["originationPhoneNumberId"], rid)

    def accept(self, submission: Submission, fault: str) -> Response:
        """Takes the message, whether Meta would or not."""
        message_id = str(uuid.uuid4())
        self._ledger.add(self.name, submission, message_id, fault)
        return self._answer(200, {"messageId": message_id})

    def error_answer(self, fault: Fault) -> Response:
        """The service's words for a planned error."""
        if fault.kind == "throttle":
            headers = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
            return self._error("ThrottledRequestException", "Rate exceeded", 429, headers)
        if fault.kind == "credentials":
            return self._error("UnrecognizedClientException", "The security token is invalid.", 403)
        if fault.kind == "error":
            status = self._STATUS_OF_CODE.get(fault.code, 400)
            return self._error(fault.code, fault.message or "The request was refused", status)
        return self._error("InternalServiceException", "Internal error", fault.status or 500)

    def _error(self, name: str, message: str, status: int = 400, headers: dict[str, str] | None = None) -> Response:
        return self._answer(status, {"message": message}, {"x-amzn-ErrorType": f"{name}:", **(headers or {})})

    @staticmethod
    def _answer(status: int, value: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
        request_id = {"x-amzn-RequestId": str(uuid.uuid4())}
        return Response(status, json.dumps(value).encode(), "application/json", request_id | (headers or {}))


def _meta_text(message: Any) -> str | None:
    """What is said, as the ledger shows it; None for what Meta's message format does not know."""
    if not isinstance(message, dict) or message.get("messaging_product") != "whatsapp":
        return None
    if not _NUMBER.fullmatch(str(message.get("to", ""))) or message.get("recipient_type") != "individual":
        return None
    kind = message.get("type")
    content = message.get(str(kind))
    if not isinstance(content, dict):
        return None
    if kind == "text":
        body = content.get("body")
        return body if isinstance(body, str) and 1 <= len(body) <= MAX_TEXT_CHARACTERS else None
    if kind in _MEDIA:
        link = content.get("link", "")
        is_fit = link.startswith("https://") and "id" not in content and not (kind == "audio" and "caption" in content)
        return f"[{kind} {link}] {content.get('caption', '')}".rstrip() if is_fit else None
    if kind == "template":
        return _template_text(content)
    return None


def _template_text(content: dict[str, Any]) -> str | None:
    try:
        values = [
            parameter["text"] for part in content.get("components", []) for parameter in part.get("parameters", [])
        ]
        return f"[template {content['name']}:{content['language']['code']}] {json.dumps(values)}"
    except (KeyError, TypeError):
        return None
