"""What anybody reports (AUP, article 10): a ticket, and a word to the detectors.

Whoever reports is told the same whatever comes of it, and what is asked of the database is the same
whether the account exists or not: nobody can find out here who is a user.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Final

from msgspec import Meta, Struct
from sqlalchemy import Connection, Engine

from alerts.ports import Target
from alerts.responders.roster import Roster
from alerts.ticket import Kind
from detectors.core.detector import Text
from detectors.core.event import HOUR, MINUTE, Answer
from detectors.core.finding import Severity
from detectors.core.identity import Subject
from monitor.clock import now_ms
from monitor.services import answers
from monitor.services.actor import DAEMON, Actor
from monitor.services.authority import Operation, allowed, within
from monitor.services.calling import call
from monitor.services.keyring import Keyring
from monitor.services.meant import meant, tenants_of
from monitor.services.opening import open_ticket
from monitor.services.riddle import LIFE, Riddle, Riddles
from monitor.services.throttling import Allowance, network_of
from monitor.store import restrictions, sign_in_limits
from monitor.store.connection import reading

PER_HOUR: Final = 60
"""Reports of people who are not known, unless the settings say something else."""
ADDRESS: Final = Allowance(10, 6 * MINUTE)
"""Forms that one address sends, also wrong ones."""
KNOWN: Final = 24 * HOUR
"""So long a message that is sent again is the same one."""
TENANTS_FOR: Final = 10 * MINUTE
TITLE: Final = Text("Report of a misuse", "Signalement d'un abus")
"""It names nobody: lists show it to people who may not look at whom a ticket is about."""

# An end that Python's patterns and those of JSON Schema have in common.
_END: Final = r"(?![\s\S])"
Line = Annotated[str, Meta(max_length=256, pattern=rf"^[^\x00-\x1f\x7f]*{_END}")]
Words = Annotated[
    str, Meta(min_length=1, max_length=4_000, pattern=rf"^[^\x00]*[^\x00\s][^\x00]*{_END}")
]


class Report(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says: which account, as they call it, of which organisation, what they saw,
    and how they can be reached, if they want to be."""

    account: Line = ""
    organisation: Line = ""
    text: Words
    contact: Line = ""


class ReportTerms(Struct, frozen=True, kw_only=True):
    """Whether there is a page for everybody, how many reports an hour are taken by it, and what
    messages are signed with, None where none are taken."""

    form: bool = True
    per_hour: int = PER_HOUR
    secret: str | None = None


class Heard(Enum):
    """What somebody is told who sends the form."""

    TAKEN = "taken"
    WRONG = "wrong"
    """The question was answered wrongly."""
    LATE = "late"
    """The form is too old, was sent before, or is not ours."""
    TOO_MANY = "too_many"


class Reports:
    """Takes reports. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        now: Callable[[], int] = now_ms,
        per_hour: int = PER_HOUR,
        roster: Roster | None = None,
        address: str | None = None,
    ) -> None:
        """So many `per_hour` are taken of people who are not known. Of each, the responders of
        `roster` that tell people do so, with a link to its ticket at this console's `address`."""
        self._engine = engine
        self._reading = reading(engine)
        self._roster = roster or Roster()
        self._address = address
        self._key = keyring.limits
        self._riddles = Riddles(keyring.riddles)
        self._now = now
        self._all = Allowance(per_hour, HOUR // per_hour)
        self._tenants: list[str] = []
        self._looked = -TENANTS_FOR

    def riddle(self) -> Riddle:
        """The question of a new form."""
        return self._riddles.make(self._now())

    def by_form(self, report: Report, token: str, answer: str, trap: str, ip: str) -> Heard:
        """Take what an address sent by the page. `token` and `answer` are those of its question,
        `trap` is what stands in the field that nobody sees: who fills it is told that all is well,
        and nothing is kept."""
        now = self._now()
        with self._engine.begin() as connection:
            heard = self._judged(connection, token, answer, ip, now)
        if heard is Heard.TAKEN and not trap:
            whom = self._meant(DAEMON, report, now)
            with self._engine.begin() as connection:
                self._take(connection, report, whom, f"form:{token}", DAEMON, "form", now)
        return heard

    def by_message(self, report: Report, message: str) -> None:
        """Take what came by a message that was signed for us; the same `message` once."""
        now = self._now()
        whom = self._meant(DAEMON, report, now)
        with self._engine.begin() as connection:
            if self._is_new(connection, f"message\0{message}", now):
                self._take(connection, report, whom, f"message:{message}", DAEMON, "webhook", now)

    @allowed(Operation.REPORTS_WRITE)
    def by_program(self, actor: Actor, report: Report, reference: str | None = None) -> None:
        """Take what a program passes on; the same `reference` of one key once."""
        now, name = self._now(), f"{actor.reference}\0{reference}"
        whom = self._meant(actor, report, now)
        with self._engine.begin() as connection:
            if reference is None or self._is_new(connection, name, now):
                told = f"{name}\0{secrets.token_hex(8)}"
                self._take(connection, report, whom, told, actor, "program", now)

    def _judged(self, connection: Connection, token: str, answer: str, ip: str, now: int) -> Heard:
        """What somebody is told who sends a form, before anything is made of it."""
        if not self._may(connection, "report-address", network_of(ip), ADDRESS, now):
            return Heard.TOO_MANY
        if not self._riddles.is_ours(token, now) or not self._once(connection, token, now):
            return Heard.LATE
        if not self._riddles.is_right(token, answer):
            return Heard.WRONG
        is_room = self._may(connection, "report", "", self._all, now)
        return Heard.TAKEN if is_room else Heard.TOO_MANY

    def _meant(self, actor: Actor, report: Report, now: int) -> Subject | None:
        """Looked for apart: it may take long where there are many accounts, and nobody who writes
        is to wait for it."""
        tenant = within(actor)
        with self._reading.begin() as connection:
            if not 0 <= now - self._looked < TENANTS_FOR:
                self._tenants, self._looked = tenants_of(connection), now
            found = meant(connection, self._tenants, report.account, tenant or report.organisation)
        return found if found is None or tenant in (None, found.tenant) else None

    def _take(
        self,
        connection: Connection,
        report: Report,
        subject: Subject | None,
        reference: str,
        actor: Actor,
        way: str,
        now: int,
    ) -> None:
        tenant = within(actor) or ("" if subject is None else subject.tenant)
        told = subject
        if told is not None and told.key() in restrictions.hidden(connection):
            # It is kept and not used; the report itself is for people.
            told = None
        number = open_ticket(
            connection,
            Kind.REPORT,
            tenant,
            subject,
            TITLE,
            now=now,
            severity=Severity.MEDIUM,
            text=_written(report),
            facts=_facts(report, way),
            actor=actor,
            joins=subject is not None,
        )
        identifier = _digest_of(reference)
        self._call(connection, report, tenant, told, number, identifier, now)
        answers.tell(connection, told, Answer.REPORTED, identifier, now)

    def _call(
        self,
        connection: Connection,
        report: Report,
        tenant: str,
        subject: Subject | None,
        number: int,
        identifier: str,
        now: int,
    ) -> None:
        """People of the team are told of each, also of one that joins others: else it could be
        measured whether there is such an account."""
        values = {
            "title": TITLE.en,
            "account": report.account.strip(),
            "ticket": str(number),
            "time": str(now),
            "text": report.text.strip(),
            "link": f"{self._address}/tickets/{number}" if self._address else "",
        }
        # Not what the directory knows of them: that would be asked of accounts that exist alone.
        target = None if subject is None else Target(tenant=tenant, account=subject.uid)
        call(
            connection,
            self._roster,
            "report",
            identifier,
            tenant=tenant,
            now=now,
            values=values,
            target=target,
            ticket=number,
        )

    def _may(
        self, connection: Connection, kind: str, value: str, allowance: Allowance, now: int
    ) -> bool:
        most = allowance.at_once * allowance.pause
        digest = self._digest(f"{kind}\0{value}")
        return sign_in_limits.take(connection, digest, allowance.pause, most, now)

    def _once(self, connection: Connection, token: str, now: int) -> bool:
        """Whether a form comes for the first time."""
        return sign_in_limits.take(connection, self._digest(f"form\0{token}"), LIFE, LIFE, now)

    def _is_new(self, connection: Connection, name: str, now: int) -> bool:
        return sign_in_limits.take(connection, self._digest(name), KNOWN, KNOWN, now)

    def _digest(self, told: str) -> bytes:
        return hmac.digest(self._key, told.encode("utf-8", "surrogatepass"), hashlib.sha256)


def _written(report: Report) -> str:
    """The report as people read it; what it is about comes again with each that joins another."""
    about = " · ".join(part for part in (report.account, report.organisation) if part.strip())
    lines = [report.text.strip(), *([f"→ {about}"] if about else [])]
    if report.contact.strip():
        lines.append(f"✉ {report.contact.strip()}")
    return "\n\n".join(lines)


def _facts(report: Report, way: str) -> dict[str, str]:
    told = {
        "account": report.account,
        "organisation": report.organisation,
        "contact": report.contact,
        "way": way,
    }
    return {name: value.strip() for name, value in told.items() if value.strip()}


def _digest_of(reference: str) -> str:
    """What tells a report from others, of a length that its sender does not choose."""
    digest = hashlib.blake2b(reference.encode("utf-8", "surrogatepass"), digest_size=16)
    return f"report:{digest.hexdigest()}"
