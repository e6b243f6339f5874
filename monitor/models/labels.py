"""What reviewers decided, kept as examples that a later training may learn from.

A row holds features and the decision, and neither names nor addresses: an account is a digest.
"""

import lzma
from collections.abc import Iterable, Iterator, Sequence
from math import isnan, nan
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy import Engine as Database

from alerts.incident import Category, Incident
from detectors.account_sharing import AccountSharing
from detectors.core.context import Context
from detectors.core.event import Answer, Event, Feedback
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind, digest
from detectors.sharing.features import FEATURES, LEAST_DAYS, is_rich, vector
from detectors.sharing.usage import Usage
from monitor.models.examples import Example
from monitor.store import tables
from monitor.store.writing import Writing

SHARED = {
    Answer.TRUE_POSITIVE: True,
    Answer.AUTHORISED: True,
    Answer.FALSE_POSITIVE: False,
    Answer.BENIGN_EXPLAINED: False,
}
"""What a disposition of an incident about sharing says: do several people use the account?"""
_DECISIONS = {*SHARED, Answer.REOPENED}
"""Of answers about an incident, those of people who decided; how a challenge about it ended unsays
nothing."""
MAXIMUM_LINE = 16_384
REVIEWED = "reviewers"
"""The source of what reviewers decided."""
TOLD = "labelled"
"""The answer of a label that a log's own truth gave."""
_NAME = AccountSharing.about.name
_decode = msgspec.msgpack.Decoder(Event).decode
_incident = msgspec.msgpack.Decoder(Incident).decode


class LabelsError(ValueError):
    """A file of labels cannot be read; says which line and why."""


class Label(Struct, frozen=True, omit_defaults=True):
    """One decision: the account's features then, by name, and what was decided at `time` (ms).

    What a simulator's labels say has its `persona`, `strategy` and `week` besides.
    """

    account: str
    tenant: str
    time: int
    answer: str
    shared: bool
    rich: bool
    features: dict[str, float | None]
    persona: str = "reviewed"
    strategy: str = ""
    week: int = 0

    @property
    def is_decision(self) -> bool:
        """Whether a reviewer decided it, and not the truth of a labelled log."""
        return self.answer != TOLD

    def example(self, source: str = REVIEWED) -> Example:
        """As an example to learn from. A feature that it does not name is not known."""
        values = tuple(
            nan if (value := self.features.get(f.name)) is None else value for f in FEATURES
        )
        return Example(
            values,
            self.shared,
            self.account,
            self.tenant,
            self.week,
            self.persona,
            self.strategy,
            rich=self.rich,
            source=source,
        )


def collect(database: Database) -> Iterator[Label]:
    """The last decision on each incident about the sharing of an account that the store holds."""
    with database.begin() as connection:
        writing = Writing(connection)
        query = select(tables.events.c.body).order_by(tables.events.c.id)
        decided = {
            event.about: event
            for (body,) in connection.execute(query)
            if isinstance(event := _decode(body), Feedback) and event.answer in _DECISIONS
        }
        for about, event in decided.items():
            if event.answer not in SHARED or about is None:
                continue
            if _is_about_sharing(connection, about):
                subject = Subject(SubjectKind.ACCOUNT, event.tenant, event.account)
                usage = _usage(subject, event.time, writing.events_of(subject, bytes(16)))
                if usage is not None and usage.seen >= LEAST_DAYS:
                    yield _label(event, usage)


def write(path: Path, labels: Iterable[Label]) -> int:
    """Write labels, one JSON object a line, packed for a name in `.xz`; how many.
    Raises OSError."""
    count = 0
    with lzma.open(path, "wb") if path.suffix == ".xz" else path.open("wb") as opened:
        for label in labels:
            opened.write(msgspec.json.encode(label) + b"\n")
            count += 1
    return count


def read(path: Path) -> list[Label]:
    """The labels of a file, which may be packed (`.xz`). Raises LabelsError, OSError."""
    try:
        return _read(path)
    except (lzma.LZMAError, EOFError) as error:
        raise LabelsError(f"{path}: {error}") from error


def _read(path: Path) -> list[Label]:
    labels = []
    with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as opened:
        for number, line in enumerate(iter(lambda: opened.readline(MAXIMUM_LINE + 1), b""), 1):
            if len(line) > MAXIMUM_LINE:
                raise LabelsError(f"{path}:{number}: is longer than {MAXIMUM_LINE} bytes")
            if not line.strip():
                continue
            try:
                label = msgspec.json.decode(line, type=Label)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise LabelsError(f"{path}:{number}: {error}") from error
            unknown = sorted(set(label.features) - {f.name for f in FEATURES})
            if unknown:
                raise LabelsError(f"{path}:{number}: there is no feature {unknown[0]}")
            labels.append(label)
    return labels


def named(values: Sequence[float]) -> dict[str, float | None]:
    """Features by name; None where they are not known."""
    return {
        f.name: None if isnan(value) else value for f, value in zip(FEATURES, values, strict=True)
    }


def _is_about_sharing(connection: Connection, about: bytes) -> bool:
    query = select(tables.incidents.c.body).where(tables.incidents.c.id == about)
    body = connection.execute(query).scalar()
    return body is not None and _incident(body).category is Category.CREDENTIAL_SHARING


def _usage(subject: Subject, until: int, events: Iterable[Event]) -> Usage | None:
    fold = Fold(SubjectKind.ACCOUNT, (AccountSharing(),), Context())
    cell = fold.fresh(subject)
    for event in events:
        if event.time >= until:
            break
        fold.observe(cell, event)
    fold.advance(cell, until)
    found: Usage | None = cell.states.get(_NAME)
    return found


def _label(event: Feedback, usage: Usage) -> Label:
    return Label(
        digest(event.tenant, event.account, size=8).hex(),
        digest(event.tenant, size=8).hex(),
        event.time,
        event.answer.value,
        SHARED[event.answer],
        is_rich(usage),
        named(vector(usage)),
    )
