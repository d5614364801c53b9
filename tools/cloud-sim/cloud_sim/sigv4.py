"""Verification of AWS Signature Version 4, written from the specification and not from the relay's signer.

It has to stay independent: a mistake shared by signer and verifier would pass every test and fail at AWS.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from urllib.parse import parse_qsl, quote

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = timedelta(minutes=5)
_AUTHORIZATION = re.compile(
    ALGORITHM + r"\s+Credential=(?P<credential>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})\s*$"
)


class Flaw(Enum):
    """What was wrong with a signature; each service words it in its own error codes."""

    MISSING = "missing"
    INCOMPLETE = "incomplete"
    UNKNOWN_KEY = "unknown_key"
    EXPIRED = "expired"
    MISMATCH = "mismatch"


@dataclass(frozen=True)
class SignatureRefusal:
    """Why a request is not believed."""

    flaw: Flaw
    message: str


@dataclass(frozen=True)
class SignedRequest:
    """The parts of an HTTP request that a signature covers."""

    method: str
    path: str  # as on the wire, still percent-encoded
    query: str  # raw, without the question mark
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """All values of a header, name compared without case."""
        return [value for key, value in self.headers if key.lower() == name]

    def value(self, name: str) -> str | None:
        """The values merged with a comma, as the canonical form has them, or None."""
        values = self.values(name)
        return ",".join(" ".join(value.split()) for value in values) if values else None


@dataclass(frozen=True)
class Credentials:
    """What the simulated account may sign with. An empty token means long-lived keys."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""


@dataclass(frozen=True)
class Scope:
    """For whom and when a signature is good."""

    access_key_id: str
    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def canonical_query(query: str) -> str:
    """Names and values encoded, then sorted by name and value."""
    pairs = parse_qsl(query, keep_blank_values=True)
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def canonical_path(path: str) -> str:
    """The wire path encoded once more: every service but S3 wants its segments encoded twice."""
    return "/".join(quote(segment, safe="-_.~") for segment in (path or "/").split("/"))


def canonical_request(request: SignedRequest, signed_headers: list[str]) -> str:
    """The text whose hash is signed."""
    lines = "".join(f"{name}:{request.value(name) or ''}\n" for name in signed_headers)
    body_hash = hashlib.sha256(request.body).hexdigest()
    return "\n".join(
        [
            request.method,
            canonical_path(request.path),
            canonical_query(request.query),
            lines,
            ";".join(signed_headers),
            body_hash,
        ]
    )


def signature(secret: str, scope: Scope, amz_date: str, canonical: str) -> str:
    """Hex signature over the canonical request."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([ALGORITHM, amz_date, str(scope), digest])
    key = ("AWS4" + secret).encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class SignatureVerifier:
    """Believes requests signed for one service with one account's credentials."""

    def __init__(self, credentials: Credentials, service: str) -> None:
        self._credentials = credentials
        self._service = service

    def refusal(self, request: SignedRequest, now: datetime) -> SignatureRefusal | None:
        """None when the request is signed rightly, else the reason AWS would give."""
        authorization = request.value("authorization")
        if not authorization:
            return SignatureRefusal(Flaw.MISSING, "Missing Authentication Token")
        match = _AUTHORIZATION.match(authorization)
        amz_date = request.value("x-amz-date")
        if match is None or amz_date is None:
            return SignatureRefusal(
                Flaw.INCOMPLETE, "Authorization requires Credential, SignedHeaders, Signature and a date."
            )
        scope_parts = match["credential"].split("/")
        if len(scope_parts) != 5 or scope_parts[4] != "aws4_request":
            return SignatureRefusal(Flaw.INCOMPLETE, "Credential must have exactly 5 slash-delimited elements.")
        scope = Scope(*scope_parts[:4])
        signed_headers = match["headers"].split(";")
        return (
            self._scope_refusal(scope, request)
            or self._headers_refusal(request, signed_headers)
            or self._token_refusal(request)
            or _date_refusal(amz_date, scope, now)
            or self._signature_refusal(request, scope, amz_date, signed_headers, match["signature"])
        )

    def _scope_refusal(self, scope: Scope, request: SignedRequest) -> SignatureRefusal | None:
        if scope.access_key_id != self._credentials.access_key_id:
            return SignatureRefusal(Flaw.UNKNOWN_KEY, "The security token included in the request is invalid.")
        if scope.service != self._service:
            return SignatureRefusal(
                Flaw.MISMATCH, f"Credential should be scoped to correct service: '{self._service}'."
            )
        region = re.fullmatch(r"[a-z-]+\.([a-z0-9-]+)\.amazonaws\.com(:\d+)?", request.value("host") or "")
        if region and region[1] != scope.region:
            return SignatureRefusal(
                Flaw.MISMATCH, f"Credential should be scoped to a valid region, not '{scope.region}'."
            )
        return None

    @staticmethod
    def _headers_refusal(request: SignedRequest, signed_headers: list[str]) -> SignatureRefusal | None:
        if signed_headers != sorted(set(signed_headers)):
            return SignatureRefusal(Flaw.INCOMPLETE, "SignedHeaders must be lower case, sorted and without repetition.")
        present = {name.lower() for name, _ in request.headers}
        required = {"host"} | {name for name in present if name.startswith("x-amz-")} | ({"content-type"} & present)
        if missing := required - set(signed_headers):
            return SignatureRefusal(Flaw.MISMATCH, f"'{sorted(missing)[0]}' must be a signed header.")
        if absent := set(signed_headers) - present:
            return SignatureRefusal(Flaw.MISMATCH, f"Signed header '{sorted(absent)[0]}' is not in the request.")
        stated_hash = request.value("x-amz-content-sha256")
        if stated_hash is not None and stated_hash != hashlib.sha256(request.body).hexdigest():
            return SignatureRefusal(Flaw.MISMATCH, "The 'x-amz-content-sha256' header does not match the body.")
        return None

    def _token_refusal(self, request: SignedRequest) -> SignatureRefusal | None:
        if (request.value("x-amz-security-token") or "") != self._credentials.session_token:
            return SignatureRefusal(Flaw.UNKNOWN_KEY, "The security token included in the request is invalid.")
        return None

    def _signature_refusal(
        self, request: SignedRequest, scope: Scope, amz_date: str, signed_headers: list[str], claimed: str
    ) -> SignatureRefusal | None:
        canonical = canonical_request(request, signed_headers)
        expected = signature(self._credentials.secret_access_key, scope, amz_date, canonical)
        if not hmac.compare_digest(expected, claimed):
            message = "The request signature we calculated does not match the signature you provided."
            return SignatureRefusal(Flaw.MISMATCH, message)
        return None


def _date_refusal(amz_date: str, scope: Scope, now: datetime) -> SignatureRefusal | None:
    try:
        signed_at = datetime.strptime(amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return SignatureRefusal(Flaw.INCOMPLETE, "Date must be in ISO-8601 'basic format'.")
    if scope.date != amz_date[:8]:
        return SignatureRefusal(Flaw.MISMATCH, "Date in Credential scope does not match the date of the request.")
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    if signed_at < now - MAX_SKEW:
        return SignatureRefusal(Flaw.EXPIRED, f"Signature expired: {amz_date} is now earlier than {stamp} (- 5 min.)")
    if signed_at > now + MAX_SKEW:
        message = f"Signature not yet current: {amz_date} is still later than {stamp} (+ 5 min.)"
        return SignatureRefusal(Flaw.EXPIRED, message)
    return None
