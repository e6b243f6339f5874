"""A copy of all that is kept of one account (GDPR, articles 15 and 20): files and a page."""

import os
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

from msgspec import Struct, field
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.detector import Text
from detectors.core.event import Event, SignIn
from detectors.core.identity import Subject
from detectors.core.profile import Profile
from monitor.clock import now_ms
from monitor.protection.page import Grid, Letter, page, when
from monitor.protection.processing import Facts
from monitor.protection.register import register
from monitor.services import copied_tickets, copies
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed
from monitor.services.copied_orders import order_lines
from monitor.services.copied_proof import proof_lines
from monitor.services.leaving import is_known, reference_of
from monitor.services.looks import looks_at
from monitor.services.protection import reason_of, subject_of
from monitor.services.refusal import NotThereError
from monitor.store.connection import reading

PAGE: Final = "index.html"
_SHOWN = 500
"""Sign-ins and incidents that the page shows; all are in the files."""
_FILES: Final = {
    "events.ndjson": Text(
        "sign-ins and changes, OCSF 1.6, one a line", "connexions et changements, OCSF 1.6"
    ),
    "findings.ndjson": Text("what was found, OCSF 1.6", "les constats, OCSF 1.6"),
    "incidents.ndjson": Text(
        "incidents with their assessment, OCSF 1.6", "incidents et leur évaluation, OCSF 1.6"
    ),
    "campaigns.ndjson": Text(
        "findings about others that cite this account", "constats sur autrui citant ce compte"
    ),
    "profile.json": Text("what is known of its habits", "ce qui est connu de ses habitudes"),
    "directory.json": Text("its entry in the directory", "sa fiche de l'annuaire"),
    "pushed.json": Text(
        "what the identity provider pushed", "ce que le fournisseur d'identité a transmis"
    ),
    "hygiene.json": Text("facts of its hygiene", "faits d'hygiène"),
    "looks.ndjson": Text(
        "who looked at it, as what, when and why", "consultations : à quel titre, quand, pourquoi"
    ),
    "tickets.ndjson": Text(
        "tickets about it, and what was said on them",
        "les tickets à son sujet, et ce qui y fut dit",
    ),
    "notes.ndjson": Text(
        "what people noted about it, and when", "ce qui fut noté à son sujet, et quand"
    ),
    "requests.ndjson": Text("restrictions and objections", "limitations et oppositions"),
    "measures.ndjson": Text(
        "what was asked for, done and undone about it, and why",
        "ce qui a été demandé, fait et défait à son propos, et pourquoi",
    ),
    "suppressions.ndjson": Text(
        "what was known of it and was not to call anybody",
        "ce qui en était connu et ne devait alerter personne",
    ),
    "orders.ndjson": Text(
        "what others were told to do about it, and what became of that",
        "ce que d'autres systèmes ont eu à faire à son propos, et ce qu'il en advint",
    ),
    "proof.ndjson": Text(
        "what it is proved with, what was asked and answered, links, recoveries and visits",
        "ce qui prouve l'identité, ce qui fut demandé et répondu, liens, récupérations, visites",
    ),
    "unread.ndjson": Text(
        "lines that could not be read and name it, redacted", "lignes illisibles, expurgées"
    ),
}


class Target(Protocol):
    """Where a copy is written to."""

    def file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A new file of this name, open for writing."""


class Folder:
    """A folder, which only its owner can read."""

    def __init__(self, path: Path) -> None:
        """Raises FileExistsError where it is there: no copy is mixed with another's."""
        path.mkdir(parents=True, mode=0o700)
        self._path = path

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """A file in it."""
        with (self._path / name).open("xb") as opened:
            yield opened


class Archive:
    """One ZIP file."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._opened = opened

    def file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A member of it."""
        return self._opened.open(name, "w", force_zip64=True)


class Lazily:
    """A folder, or a ZIP file where the name ends so, made when the first file is written: whoever
    is not known leaves none behind."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._target: Target | None = None
        self._archive: zipfile.ZipFile | None = None
        self._opened: IO[bytes] | None = None

    def file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file of it. Raises FileExistsError, OSError."""
        if self._target is None:
            self._target = self._open()
        return self._target.file(name)

    def close(self) -> None:
        """Finish it."""
        if self._archive is not None and self._opened is not None:
            self._archive.close()
            self._opened.close()

    def _open(self) -> Target:
        if self._path.suffix.lower() != ".zip":
            return Folder(self._path)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._opened = os.fdopen(descriptor, "wb")
        self._archive = zipfile.ZipFile(self._opened, "w", zipfile.ZIP_DEFLATED)
        return Archive(self._archive)


class Copied(Struct, kw_only=True):
    """What was written: records by file."""

    files: dict[str, int] = field(default_factory=dict)


class Access:
    """Writes copies of people's data. Safe to share between threads.

    `facts` are what the register is written from; `now` gives ms since 1970 UTC.
    """

    def __init__(self, database: Database, facts: Facts, now: Callable[[], int] = now_ms) -> None:
        self._database = database
        self._reading = reading(database)
        self._facts = facts
        self._now = now

    @allowed(Operation.PERSON_EXPORT)
    def write(
        self,
        actor: Actor,
        tenant: str,
        account: str,
        target: Target,
        reason: str,
        language: str = "en",
        told: Callable[[str, int], object] = lambda *_: None,
    ) -> Copied:
        """Write all that is kept of an account as it is at one moment; `told` of a file and how
        many more records are in it. Raises NotThereError, ProtectionError, OSError.

        It is written down first: whoever gets half a copy has looked as well.
        """
        subject, why = subject_of(actor, tenant, account), reason_of(reason)
        with self._database.begin() as connection:
            if not is_known(connection, subject):
                raise NotThereError("nothing is known of this account")
            record(
                connection,
                actor,
                Operation.PERSON_EXPORT,
                reference_of(subject),
                tenant=tenant,
                reason=why,
            )
        with self._reading.begin() as connection:
            return _Copy(connection, subject, target, told).write(
                self._facts, self._now(), language
            )


class _Copy:
    """One copy on its way."""

    def __init__(
        self,
        connection: Connection,
        subject: Subject,
        target: Target,
        told: Callable[[str, int], object],
    ) -> None:
        self._connection = connection
        self._subject = subject
        self._target = target
        self._told = told
        self._copied = Copied()
        self._names: dict[str, None] = {}
        self._latest: deque[SignIn] = deque(maxlen=_SHOWN)

    def write(self, facts: Facts, now: int, language: str) -> Copied:
        connection, subject = self._connection, self._subject
        forms = copies.formats(connection)
        self._lines("events.ndjson", (copies.event_line(e, forms) for e in self._met()))
        self._lines("findings.ndjson", copies.finding_lines(connection, subject))
        self._lines("incidents.ndjson", copies.incident_lines(connection, subject))
        self._lines("campaigns.ndjson", copies.campaign_lines(connection, subject))
        profile = copies.profile(connection, subject)
        self._one("profile.json", None if profile is None else copies.profile_record(profile))
        self._one("directory.json", copies.directory_record(connection, subject))
        self._one("pushed.json", copies.pushed_record(connection, subject))
        self._one("hygiene.json", copies.hygiene_record(connection, subject))
        self._lines("looks.ndjson", copies.look_lines(connection, subject))
        self._lines("tickets.ndjson", copied_tickets.ticket_lines(connection, subject))
        self._lines("notes.ndjson", copies.note_lines(connection, subject))
        self._lines("requests.ndjson", copies.request_lines(connection, subject))
        self._lines("measures.ndjson", copied_tickets.measure_lines(connection, subject))
        self._lines("suppressions.ndjson", copied_tickets.suppression_lines(connection, subject))
        self._lines("orders.ndjson", order_lines(connection, subject, now))
        self._lines("proof.ndjson", proof_lines(connection, subject))
        words = frozenset((subject.uid, *self._names))
        self._lines("unread.ndjson", copies.unread_lines(connection, words))
        letter = Letter(
            tenant=subject.tenant,
            account=subject.uid,
            made=now,
            register=register(facts),
            grids=[*self._grids(language), *_known(profile)],
            files=[(n, _FILES[n]) for n in self._copied.files],
        )
        self._one(PAGE, page(letter, language))
        return self._copied

    def _met(self) -> Iterator[Event]:
        for event in copies.events(self._connection, self._subject):
            if event.account_name is not None:
                self._names[event.account_name] = None
            if isinstance(event, SignIn):
                self._latest.append(event)
            yield event

    def _lines(self, name: str, lines: Iterable[bytes]) -> None:
        count = 0
        with self._target.file(name) as opened:
            for line in lines:
                opened.write(line)
                count += 1
                self._told(name, 1)
        self._copied.files[name] = count

    def _one(self, name: str, body: bytes | None) -> None:
        if body is None:
            return
        with self._target.file(name) as opened:
            opened.write(body)
        self._told(name, 1)
        self._copied.files[name] = 1

    def _grids(self, language: str) -> list[Grid]:
        incidents = copies.incidents(self._connection, self._subject)
        looks = looks_at(self._connection, self._subject)
        return [
            Grid(
                title=Text("Incidents", "Incidents"),
                columns=(
                    Text("first", "début"),
                    Text("conclusion", "conclusion"),
                    Text("confidence", "confiance"),
                    Text("why", "pourquoi"),
                ),
                rows=[
                    (
                        when(one.opened),
                        one.category.value,
                        f"{one.confidence} %",
                        copies.reason(self._connection, one, language),
                    )
                    for one in incidents[-_SHOWN:]
                ],
                total=len(incidents),
            ),
            Grid(
                title=Text("Last sign-ins", "Dernières connexions"),
                columns=(
                    Text("time", "heure"),
                    Text("outcome", "issue"),
                    Text("address", "adresse"),
                    Text("place", "lieu"),
                    Text("device", "appareil"),
                ),
                rows=[_sign_in(event) for event in reversed(self._latest)],
                total=self._copied.files["events.ndjson"],
            ),
            Grid(
                title=Text("Who looked", "Consultations"),
                columns=(Text("time", "heure"), Text("as", "à titre de"), Text("why", "motif")),
                rows=[(when(one.time), one.by.partition(":")[0], one.reason) for one in looks],
                total=len(looks),
            ),
        ]


def _sign_in(event: SignIn) -> tuple[str, ...]:
    place, device = event.place, event.device
    where = "" if place is None else f"{place.city or place.region or ''} {place.country}".strip()
    what = "" if device is None else f"{device.family} / {device.os}"
    return (when(event.time), event.outcome.value, event.ip or "", where, what)


def _known(profile: Profile | None) -> list[Grid]:
    """What is known of the habits."""
    if profile is None:
        return []
    kinds = (
        (Text("Known devices", "Appareils connus"), profile.devices),
        (Text("Known networks (AS)", "Réseaux connus (AS)"), profile.networks),
        (Text("Known places", "Lieux connus"), profile.places),
    )
    columns = (Text("what", "quoi"), Text("first", "première"), Text("last", "dernière"))
    return [
        Grid(
            title=title,
            columns=columns,
            rows=[(name, when(one.first), when(one.last)) for name, one in known.items()],
            total=len(known),
        )
        for title, known in kinds
    ]
