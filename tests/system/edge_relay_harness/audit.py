"""The books: what was promised against what the world accepted (docs/delivery.md, invariants I1, I6, I12)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .api import FINAL_STATES, Json, outcomes_of
from .clouds import CloudSim
from .log_lines import parse_log_line
from .modem import ModemSim

MAX_COPIES = {"alarm": 3, "otp": 2, "once": 1, "info": 2, "bulk": 2}
_ACCEPTED_STATES = frozenset({"sent", "delivered", "unconfirmed"})
_NEVER_SENT_STATES = frozenset({"failed", "expired", "blocked", "cancelled", "queued"})
_TAG = re.compile(r"#([a-z]+-\d+)")


def tagged(kind: str, number: int, text: str = "pump 4 reports low pressure") -> str:
    """A text by which the books know the message again, whatever the provider adds to it."""
    return f"#{kind}-{number} {text}"


def tag_of(text: str) -> str:
    """The tag in a text, empty when there is none."""
    match = _TAG.search(text)
    return match[1] if match else ""


@dataclass(frozen=True)
class Acceptance:
    """One message that the world took."""

    tag: str
    provider: str
    to: str


def acceptances(clouds: CloudSim, modems: Iterable[ModemSim] = ()) -> list[Acceptance]:
    """Everything accepted by the simulated world; of a split message its first part counts."""
    taken = [Acceptance(tag_of(entry["text"]), entry["provider"], entry["to"]) for entry in clouds.accepted()]
    for modem in modems:
        for entry in modem.messages():
            if entry["parts"] is None or entry["parts"]["seq"] == 1:
                taken.append(Acceptance(tag_of(entry["text"]), "modem", entry["to"]))
    return taken


@dataclass
class Books:
    """The result of an audit."""

    submitted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    accepted_by: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)  # promised, and the box no longer knows it, or claims what is not so
    explained_copies: list[str] = field(default_factory=list)  # sent again after an attempt of unknown outcome
    violations: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing sent against the contract."""
        return not self.lost and not self.violations


def known_acceptances(log: Iterable[str]) -> set[tuple[str, int]]:
    """(message id, attempt) of each acceptance that the box heard and wrote down, from its log: no copy may follow those.
    What it heard and had not yet committed when it was killed is found interrupted at the next start."""
    heard: set[tuple[str, int]] = set()
    interrupted: set[tuple[str, int]] = set()
    for line in filter(None, map(parse_log_line, log)):
        if line.event == "attempt" and line.fields["outcome"] == "accepted":
            heard.add((line.fields["id"], int(line.fields["n"])))
        elif line.event == "attempt_interrupted":
            interrupted.add((line.fields["id"], int(line.fields["n"])))
    return heard - interrupted


def audit(
    promised: dict[str, str],
    records: dict[str, Json],
    taken: list[Acceptance],
    known: set[tuple[str, int]] | None = None,
) -> Books:
    """`promised`: tag to message id, for each submission answered with 202. `records`: the API's records by id. `known`:
    known_acceptances(); without it each acceptance but the last is taken for one that was proven later."""
    books = Books(submitted=len(promised))
    copies = Counter(acceptance.tag for acceptance in taken)
    books.accepted_by = Counter(acceptance.provider for acceptance in taken)
    for tag, message_id in promised.items():
        record = records.get(message_id)
        if record is None:
            books.lost.append(f"{tag} ({message_id}) was answered with 202 and is gone")
            continue
        books.states[record["state"]] += 1
        _audit_one(books, tag, record, copies[tag], known or set())
    return books


def is_settled(record: Json) -> bool:
    """Nothing more will happen to it, but for a receipt."""
    return record["state"] in FINAL_STATES or record["state"] == "sent"


def _audit_one(books: Books, tag: str, record: Json, copies: int, known: set[tuple[str, int]]) -> None:
    outcomes = [outcome for _, outcome in outcomes_of(record)]
    # An acceptance that was not the last word had an unknown outcome first; proof came when a copy was out already.
    proven_late = sum(outcome == "accepted" for outcome in outcomes[:-1])
    unknowns = proven_late + sum(outcome in ("unknown", "") for outcome in outcomes)
    what = f"{tag} ({record['id']}, {record['class']}, {record['state']}, attempts {outcomes})"
    for number in range(1, len(outcomes)):
        if (record["id"], number) in known:
            books.violations.append(f"{what}: attempted again although attempt {number} was known to be accepted")
    if copies > 1 + unknowns:
        books.violations.append(f"{what}: {copies} copies after {unknowns} unknown attempts")
    if copies > MAX_COPIES[record["class"]]:
        books.violations.append(f"{what}: {copies} copies, more than its class may have")
    if copies == 0 and record["state"] in _ACCEPTED_STATES:
        books.lost.append(f"{what}: no provider ever accepted it")
    if copies > 0 and record["state"] in _NEVER_SENT_STATES and unknowns == 0:
        books.violations.append(f"{what}: {copies} copies are out, and its state denies it")
    if copies > 1:
        books.explained_copies.append(what)
