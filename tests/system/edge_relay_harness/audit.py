"""The books: what was promised against what the world accepted (docs/delivery.md, invariants I1, I6, I12)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .api import FINAL_STATES, Json, outcomes_of
from .clouds import CloudSim
from .log_lines import LogLine, parse_log_line
from .modem import ModemSim

MAX_COPIES = {"alarm": 3, "otp": 2, "once": 1, "info": 2, "bulk": 2}
_ACCEPTED_STATES = frozenset({"sent", "delivered", "unconfirmed"})
_NEVER_SENT_STATES = frozenset({"failed", "expired", "blocked", "cancelled", "queued"})
# An acceptance is committed within the relaxed delay (250 ms) and one sync; a busy test machine is given more.
COMMIT_LIMIT_S = 5.0
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


_Attempt = tuple[str, int]  # message id, number


@dataclass
class Heard:
    """What the box said of its attempts, from its log: the world's own account of what the box could know."""

    accepted: set[_Attempt] = field(default_factory=set)  # heard and kept: no copy may follow these
    in_doubt: set[_Attempt] = field(default_factory=set)  # at some time nobody could know: a copy may follow these
    forgotten: list[str] = field(default_factory=list)  # heard, and lost in a kill long after

    def _take(self, line: LogLine, heard_before: dict[_Attempt, float], ended_s: float) -> None:
        if line.event not in ("attempt", "attempt_interrupted", "unknown_settled"):
            return
        attempt = (line.fields["id"], int(line.fields["n"]))
        if line.event == "unknown_settled":
            self.in_doubt.add(attempt)
        elif line.event == "attempt_interrupted":
            self._interrupt(attempt, heard_before, ended_s)
        elif line.fields["outcome"] == "unknown":
            self.in_doubt.add(attempt)
        elif line.fields["outcome"] == "accepted":
            self.accepted.add(attempt)

    def _interrupt(self, attempt: _Attempt, heard_before: dict[_Attempt, float], ended_s: float) -> None:
        """The next start found it under way: so it was heard in the run before at most, and shortly before its end."""
        if attempt in self.accepted:
            if attempt not in heard_before:
                self.forgotten.append(f"attempt {attempt} was accepted in an earlier run, and then found interrupted")
            elif ended_s - heard_before[attempt] > COMMIT_LIMIT_S:
                age = ended_s - heard_before[attempt]
                self.forgotten.append(f"attempt {attempt} was accepted {age:.1f} s before the kill, and forgotten")
            else:
                self.accepted.discard(attempt)
        self.in_doubt.add(attempt)


def heard(runs: Iterable[Iterable[str]]) -> Heard:
    """Reads the logs of all runs of one box, in their order."""
    out = Heard()
    before: dict[_Attempt, float] = {}
    ended_s = 0.0
    for run in runs:
        lines = [line for line in map(parse_log_line, run) if line is not None]
        for line in lines:
            out._take(line, before, ended_s)
        before = {
            (line.fields["id"], int(line.fields["n"])): line.time_s
            for line in lines
            if line.event == "attempt" and line.fields["outcome"] == "accepted"
        }
        ended_s = lines[-1].time_s if lines else ended_s
    return out


def audit(
    promised: dict[str, str],
    records: dict[str, Json],
    taken: list[Acceptance],
    said: Heard | None = None,
) -> Books:
    """`promised`: tag to message id, for each submission answered with 202. `records`: the API's records by id. `said`:
    heard(); without it each acceptance but the last is taken for one that was in doubt first, and proven later."""
    books = Books(submitted=len(promised))
    copies = Counter(acceptance.tag for acceptance in taken)
    books.accepted_by = Counter(acceptance.provider for acceptance in taken)
    if said is not None:
        books.violations.extend(said.forgotten)
    for tag, message_id in promised.items():
        record = records.get(message_id)
        if record is None:
            books.lost.append(f"{tag} ({message_id}) was answered with 202 and is gone")
            continue
        books.states[record["state"]] += 1
        _audit_one(books, tag, record, copies[tag], said)
    return books


def is_settled(record: Json) -> bool:
    """Nothing more will happen to it, but for a receipt."""
    return record["state"] in FINAL_STATES or record["state"] == "sent"


def _audit_one(books: Books, tag: str, record: Json, copies: int, said: Heard | None) -> None:
    outcomes = [outcome for _, outcome in outcomes_of(record)]
    what = f"{tag} ({record['id']}, {record['class']}, {record['state']}, attempts {outcomes})"
    unknowns = sum(outcome in ("unknown", "") for outcome in outcomes)
    for number, outcome in enumerate(outcomes[:-1], start=1):
        attempt = (record["id"], number)
        if said is not None and attempt in said.accepted:
            books.violations.append(f"{what}: attempted again although attempt {number} was known to be accepted")
        elif outcome == "accepted" and said is not None and attempt not in said.in_doubt:
            books.violations.append(f"{what}: attempted again although attempt {number} was never in doubt")
        elif outcome == "accepted":
            unknowns += 1  # proof came when a copy was out already
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
