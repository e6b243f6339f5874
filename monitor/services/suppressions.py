"""Suppressions as people make and end them, and all that each of them held back."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.incident import Category, Incident
from alerts.suppression import Scope, Suppression, SuppressionError, checked
from alerts.ticket import Limits, Ticket
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor.clock import now_ms
from monitor.protection.masking import HIDDEN, mask_subject
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.ticket_changing import keep_change
from monitor.services.ticket_words import is_told, title_of
from monitor.store import stream, suppressions, tickets
from monitor.store.connection import reading
from monitor.store.suppressions import Match, StoredSuppression
from monitor.store.ticket_filter import OPEN, TicketFilter
from monitor.store.ticket_notes import Deed

MOST: Final = 200
_LONGEST: Final = 1_024
_WRITE = Operation.SUPPRESSIONS_WRITE


class Wish(Struct, frozen=True, kw_only=True):
    """What somebody wants held back: of a tenant, what is concluded, of an account or an address,
    up to a severity; why, and until when (ms). `owner` is the name of who answers for it, whoever
    asks where it is not said."""

    tenant: str
    reason: str
    until: int
    category: Category | None = None
    account: str = ""
    address: str = ""
    up_to: Severity = Severity.HIGH
    owner: str = ""


class MatchView(Struct, frozen=True, kw_only=True):
    """An incident that one met, when first (ms), and the ticket that it is; what is concluded, how
    grave, of whom, where it is still there. `waits`: the ticket is held back at this moment."""

    incident: str
    ticket: int | None
    time: int
    category: Category | None = None
    severity: Severity | None = None
    subject: Subject | None = None
    waits: bool = False


class SuppressionView(Struct, frozen=True, kw_only=True):
    """A suppression as it is shown. Times are ms since 1970 UTC; `ended` is when somebody ended it
    before its time; `matches` counts the incidents that it met, `held` the tickets that wait behind
    it."""

    number: int
    tenant: str
    category: Category | None
    subject: Subject | None
    up_to: Severity
    owner: str
    reason: str
    since: int
    until: int
    is_on: bool
    ended: int | None
    matches: int
    last_match: int | None
    held: int
    version: int


class Suppressions:
    """Those of one database. Safe to share between threads; `now` gives ms since 1970 UTC,
    `limits` are those of clocks of tickets that are released."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], int] = now_ms,
        limits: Mapping[Severity, Limits] | None = None,
    ) -> None:
        self._database = database
        self._reading = reading(database)
        self._now = now
        self._limits = limits

    @allowed(Operation.TICKETS_READ)
    def page(
        self, actor: Actor, *, over: bool = False, before: int | None = None, limit: int = 50
    ) -> tuple[list[SuppressionView], int | None]:
        """Those that hold, or those that are over, the last first; and what to go on behind."""
        most = min(max(limit, 1), MOST)
        with self._reading.begin() as connection:
            found = suppressions.page(
                connection, within(actor), self._now(), over=over, before=before, limit=most + 1
            )
            views = [self._view(connection, actor, one) for one in found[:most]]
        return views, found[most - 1].id if len(found) > most else None

    @allowed(Operation.TICKETS_READ)
    def one(self, actor: Actor, number: int) -> tuple[SuppressionView, list[MatchView]]:
        """One of them, and the last incidents that it met. Raises NotThereError."""
        with self._reading.begin() as connection:
            one = _found(connection, actor, number)
            matches = suppressions.matches_of(connection, number)
            view = self._view(connection, actor, one)
            met = suppressions.incidents_of(connection, matches)
            waiting = suppressions.waiting_of(connection, number, matches)
        is_veiled = not permits(actor, Operation.PERSON_LOOK)
        return view, [_match(match, met, waiting, is_veiled=is_veiled) for match in matches]

    @allowed(Operation.SUPPRESSIONS_WRITE)
    def add(self, actor: Actor, wish: Wish) -> SuppressionView:
        """Hold back from now on what somebody wants held back. Raises SuppressionError,
        NotThereError for another tenant."""
        if within(actor) not in (None, wish.tenant):
            raise NotThereError("there is no such tenant")
        made = Suppression(
            scope=scope_of(wish),
            owner=actor.reference,
            reason=_reason(wish.reason),
            since=self._now(),
            until=wish.until,
        )
        one = StoredSuppression(
            made=checked(made, self._now()), owner_name=title_of(wish.owner) or actor.name
        )
        with self._database.begin() as connection:
            kept = suppressions.add(connection, one)
            self._note(connection, actor, kept, "add", _told(kept))
            return self._view(connection, actor, kept)

    @allowed(Operation.SUPPRESSIONS_WRITE)
    def change(
        self,
        actor: Actor,
        number: int,
        *,
        until: int | None = None,
        reason: str | None = None,
        owner: str | None = None,
        version: int | None = None,
    ) -> SuppressionView:
        """Give one another end, reason or owner. Raises NotThereError, StaleError,
        SuppressionError where it is over."""
        with self._database.begin() as connection:
            before = _found(connection, actor, number, lock=True)
            self._check(before, version)
            made = structs.replace(
                before.made,
                until=before.made.until if until is None else until,
                reason=before.made.reason if reason is None else _reason(reason),
            )
            name = before.owner_name if owner is None else title_of(owner) or before.owner_name
            after = structs.replace(before, made=checked(made, self._now()), owner_name=name)
            kept = self._put(connection, before, after)
            self._note(connection, actor, kept, "change", _told(kept))
            return self._view(connection, actor, kept)

    @allowed(Operation.SUPPRESSIONS_WRITE)
    def end(
        self, actor: Actor, number: int, *, version: int | None = None, calls: bool = True
    ) -> SuppressionView:
        """End one now; `calls`: the open tickets that it held back call people from now on. Raises
        NotThereError, StaleError, SuppressionError where it is over."""
        with self._database.begin() as connection:
            before = _found(connection, actor, number, lock=True)
            self._check(before, version)
            after = structs.replace(before, ended=self._now(), ended_by=actor.reference)
            kept = self._put(connection, before, after)
            released = self._release(connection, actor, number) if calls else 0
            self._note(connection, actor, kept, "end", {"released": released})
            return self._view(connection, actor, kept)

    def _check(self, one: StoredSuppression, version: int | None) -> None:
        if version is not None and version != one.version:
            raise _stale()
        if not one.is_on(self._now()):
            raise SuppressionError("it is over", "elle est terminée")

    @staticmethod
    def _put(
        connection: Connection, before: StoredSuppression, after: StoredSuppression
    ) -> StoredSuppression:
        kept = suppressions.put(connection, before, after)
        if kept is None:
            raise _stale()
        return kept

    def _release(self, connection: Connection, actor: Actor, number: int) -> int:
        now, count = self._now(), 0
        wanted = TicketFilter(statuses=OPEN, held=True, held_by=number)
        while found := tickets.page(connection, wanted, None, tickets.MOST):
            for before in found:
                begun = Ticket(severity=before.ticket.severity, opened=now)
                after = structs.replace(before, held_by=None, ticket=begun)
                keep_change(connection, actor, before, after, Deed.RELEASED, now, self._limits)
            count += len(found)
        return count

    def _view(
        self, connection: Connection, actor: Actor, one: StoredSuppression
    ) -> SuppressionView:
        scope, made = one.made.scope, one.made
        held = TicketFilter(statuses=OPEN, held=True, held_by=one.id)
        view = SuppressionView(
            number=one.id,
            tenant=scope.tenant,
            category=scope.category,
            subject=scope.subject,
            up_to=scope.up_to,
            owner=one.owner_name,
            reason=made.reason,
            since=made.since,
            until=made.until,
            is_on=one.is_on(self._now()),
            ended=one.ended,
            matches=one.matches,
            last_match=one.last_match,
            held=tickets.count(connection, held),
            version=one.version,
        )
        if permits(actor, Operation.PERSON_LOOK):
            return view
        subject = None if view.subject is None else mask_subject(view.subject)
        return structs.replace(view, subject=subject, reason=HIDDEN)

    @staticmethod
    def _note(
        connection: Connection,
        actor: Actor,
        one: StoredSuppression,
        deed: str,
        content: Mapping[str, Any],
    ) -> None:
        tenant, reference = one.made.scope.tenant, f"suppression:{one.id}"
        told = {"deed": deed, **content}
        record(connection, actor, _WRITE, reference, tenant=tenant, content=told)
        stream.tell(connection, stream.Kind.SUPPRESSION, str(one.id), tenant)


def _found(
    connection: Connection, actor: Actor, number: int, *, lock: bool = False
) -> StoredSuppression:
    one = suppressions.suppression(connection, number, lock=lock)
    if one is None or within(actor) not in (None, one.made.scope.tenant):
        raise NotThereError("there is no such suppression")
    return one


def _match(
    match: Match, met: Mapping[bytes, Incident], waiting: Collection[int], *, is_veiled: bool
) -> MatchView:
    known = met.get(match.incident)
    told = MatchView(
        incident=as_uuid(match.incident),
        ticket=match.ticket,
        time=match.time,
        waits=match.ticket in waiting,
    )
    if known is None:
        return told
    subject = mask_subject(known.subject) if is_veiled else known.subject
    return structs.replace(told, category=known.category, severity=known.severity, subject=subject)


def scope_of(wish: Wish) -> Scope:
    """Which incidents a wish is about. Raises SuppressionError."""
    account, address = wish.account.strip(), wish.address.strip()
    if any(len(one) > _LONGEST or not is_told(one) for one in (wish.tenant, account, address)):
        raise SuppressionError(
            "a tenant, an account or an address has up to 1,024 characters that are shown",
            "un client, un compte ou une adresse a 1024 caractères visibles au plus",
        )
    if account and address:
        raise SuppressionError(
            "say an account or an address, not both",
            "dites un compte ou une adresse, pas les deux",
        )
    subject = None
    if account or address:
        kind = SubjectKind.ACCOUNT if account else SubjectKind.SOURCE
        subject = Subject(kind, wish.tenant, account or address)
    return Scope(tenant=wish.tenant, category=wish.category, subject=subject, up_to=wish.up_to)


def _reason(text: str) -> str:
    return "".join(one for one in text if is_told(one)).strip()


def _told(one: StoredSuppression) -> dict[str, Any]:
    """What the audit tells of one; whom it is about it may not name."""
    scope = one.made.scope
    return {
        "category": None if scope.category is None else scope.category.value,
        "about": None if scope.subject is None else scope.subject.kind.value,
        "up_to": scope.up_to.name.lower(),
        "until": one.made.until,
        "owner": one.owner_name,
        "reason": one.made.reason,
    }


def _stale() -> StaleError:
    return StaleError(
        "the suppression was changed meanwhile: look at it again",
        "la mise en sourdine a changé entre-temps\u00a0: regardez-la de nouveau",
    )
