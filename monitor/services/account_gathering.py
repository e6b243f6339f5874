"""What people asked, decided, did and wrote about an account, as far as somebody may see each."""

from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.measure import Measure
from detectors.core.identity import Subject
from monitor.clock import now_ms
from monitor.directory.account import Mfa, account_id
from monitor.hygiene.kept import read
from monitor.hygiene.words import sentence_of, title_of
from monitor.mfa import lost_factor
from monitor.services import requirement, suspicion
from monitor.services.account_notes import NoteView, view_of
from monitor.services.account_views import CaseView, Proofs
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits
from monitor.services.challenge_views import Asked, asked_of
from monitor.services.factor_views import view, view_of_codes
from monitor.services.hygiene import FactView
from monitor.services.proof import FactorView
from monitor.services.subscriber import Subscriber
from monitor.services.ticket_views import TicketRow, row_of
from monitor.services.ticket_views import names_of as people_of
from monitor.store import account_notes, challenges, factors, measures, recoveries, tickets
from monitor.store.challenges import Filter as ChallengeFilter
from monitor.store.connection import reading
from monitor.store.directory import DirectoryTable
from monitor.store.factors import RECOVERY
from monitor.store.handles import names_of
from monitor.store.hygiene import HygieneTable
from monitor.store.measures import Filter as MeasureFilter

MOST: Final = 20
"""Tickets, measures, challenges, recoveries that are told; the last ones."""
NOTES: Final = 50
T = TypeVar("T")


class Gathered(Struct, frozen=True, kw_only=True):
    """What there is, the last first; None what somebody may not see. `more` are the names of what
    there is more of."""

    tickets: list[TicketRow] | None
    measures: list[Measure] | None
    challenges: list[Asked] | None
    recoveries: list[CaseView] | None
    proofs: Proofs | None
    hygiene: list[FactView]
    notes: list[NoteView] | None
    more: tuple[str, ...]


class Gathering:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(database)
        self._now = now

    @allowed(Operation.ACCOUNTS_READ)
    def of(
        self, actor: Actor, subject: Subject, language: str, *, is_used: bool = True
    ) -> Gathered:
        """All of an account, whole; nothing where `is_used` is False."""
        sees = {
            operation: is_used and permits(actor, operation)
            for operation in (
                Operation.TICKETS_READ,
                Operation.MEASURES_READ,
                Operation.MFA_READ,
                Operation.NOTES_READ,
                Operation.HYGIENE_ACCOUNTS,
            )
        }
        proves = sees[Operation.MFA_READ]
        with self._reading.begin() as connection:
            lists = {
                "tickets": _tickets(connection, subject, self._now(), language)
                if sees[Operation.TICKETS_READ]
                else None,
                "measures": _measures(connection, subject)
                if sees[Operation.MEASURES_READ]
                else None,
                "challenges": _challenges(connection, subject, self._now()) if proves else None,
                "notes": _notes(connection, actor, subject) if sees[Operation.NOTES_READ] else None,
            }
            proofs = _proofs(connection, subject, self._now()) if proves else None
            hygiene = (
                _hygiene(connection, subject, language) if sees[Operation.HYGIENE_ACCOUNTS] else []
            )
            cases = _cases(connection, subject, self._now()) if proves else None
        most = {"notes": NOTES}
        return Gathered(
            **{name: _first(some, most.get(name, MOST)) for name, some in lists.items()},
            recoveries=cases,
            proofs=proofs,
            hygiene=hygiene,
            more=tuple(
                name
                for name, some in lists.items()
                if some is not None and len(some) > most.get(name, MOST)
            ),
        )


def _first(some: list[T] | None, most: int) -> list[T] | None:
    return None if some is None else some[:most]


def _tickets(connection: Connection, subject: Subject, now: int, language: str) -> list[TicketRow]:
    found = tickets.about(connection, subject, 0, MOST + 1)
    names = people_of(connection, [one.ticket.assignee for one in found])
    return [row_of(one, now, language, names) for one in found]


def _measures(connection: Connection, subject: Subject) -> list[Measure]:
    wanted = MeasureFilter(tenant=subject.tenant, account=subject.uid)
    return measures.page(connection, wanted, None, MOST + 1)


def _challenges(connection: Connection, subject: Subject, now: int) -> list[Asked]:
    wanted = ChallengeFilter(tenant=subject.tenant, account=subject.uid)
    name = names_of(connection, {subject}).get(subject, "")
    found = challenges.page(connection, wanted, None, MOST + 1)
    return [asked_of(one, now, name) for one in found]


def _cases(connection: Connection, subject: Subject, now: int) -> list[CaseView]:
    found = recoveries.of_account(connection, subject.tenant, subject.uid, MOST)
    return [
        CaseView(
            handle=one.handle,
            state=lost_factor.lapsed(one.case, now).state,
            requested=one.case.requested,
        )
        for one in found
    ]


def _notes(connection: Connection, actor: Actor, subject: Subject) -> list[NoteView]:
    found = account_notes.of_account(connection, subject, None, NOTES + 1)
    return [view_of(one, actor) for one in found]


def _proofs(connection: Connection, subject: Subject, now: int) -> Proofs:
    subscriber = Subscriber(subject.tenant, subject.uid)
    stored = DirectoryTable(connection).account(account_id(subject.tenant, subject.uid))
    rows = factors.of(connection, subscriber.owner)
    required = requirement.standing(connection, subscriber, now)
    return Proofs(
        said=Mfa.UNKNOWN if stored is None else stored.account.mfa,
        methods=() if stored is None else stored.account.mfa_methods,
        factors=_factors(rows),
        has_factor=requirement.has_factor(connection, subscriber),
        due=None if required is None else required.until,
        is_suspect=suspicion.suspicion_of(connection, subscriber, None, now) is not None,
    )


def _factors(rows: list[factors.FactorRow]) -> list[FactorView]:
    shown = [view(row) for row in rows if row.kind in requirement.PROVING]
    codes = [row for row in rows if row.kind == RECOVERY]
    return [*shown, view_of_codes(codes)] if codes else shown


def _hygiene(connection: Connection, subject: Subject, language: str) -> list[FactView]:
    identifier = account_id(subject.tenant, subject.uid)
    body = HygieneTable(connection).of((identifier,)).get(identifier)
    return [
        FactView(
            fact=one.fact,
            title=title_of(one.fact, language),
            sentence=sentence_of(one.fact, one.detail, language),
            since=one.since,
            detail=dict(one.detail),
        )
        for one in read(body).said
    ]
