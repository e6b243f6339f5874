"""The monthly report on a tenant's hygiene: written for its contacts, looked at first, sent once.

Whoever keeps the tenant can see what is sent and to whom, send it at once, and let it be.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from msgspec import Struct
from sqlalchemy import Connection, Engine

from alerts.messages.rendering import Rendered, rendered
from alerts.messages.to_contacts import PART, REPORT
from alerts.ports import Action, Order, Target
from alerts.responders import mail
from alerts.responders.roster import Entry, Roster
from alerts.wording import number
from detectors.core.detector import Text
from monitor.clock import now_ms
from monitor.hygiene.kept import read_tally
from monitor.hygiene.month import days_of, month_of
from monitor.hygiene.month import named as in_words
from monitor.hygiene.score import WEIGHTS, Tally
from monitor.hygiene.words import ADVICE, TITLES
from monitor.protection.masking import mask_name
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.refusal import NotThereError, TakenError
from monitor.store import hygiene_reports, outbox
from monitor.store.connection import reading
from monitor.store.directory import DirectoryTable
from monitor.store.hygiene import HygieneTable
from monitor.store.hygiene_reports import Recipient

DEFAULT_LANGUAGE: Final = "fr"
"""What contacts of a tenant are written to in where nobody said."""
_FIRST: Final = Text(
    "What would better it most, the first thing first:",
    "Ce qui l'améliorerait le plus, dans l'ordre\u00a0:",
)
_WELL: Final = Text(
    "Nothing is to be said of any of the accounts.", "Il n'y a rien à dire d'aucun des comptes."
)
_OF = Text("{score} of 100", "{score} sur 100")
_NOBODY: Final = TakenError(
    "there is nobody to write to: name a contact with an address, and a responder that sends mail",
    "il n'y a personne à qui écrire : indiquez un contact avec une adresse, et un connecteur qui "
    "envoie des courriels",
)


class Report(Struct, frozen=True, kw_only=True):
    """What a tenant is told for a month (since 1970): in `language`, `values` of the message."""

    tenant: str
    month: int
    language: str
    values: dict[str, str]


class Preview(Struct, frozen=True, kw_only=True):
    """A report as it would be sent now, and to whom. `goes`: a responder sends it; `is_stopped`:
    it is not sent by itself. `told` is when (ms) it was sent last by itself, for `told_month`, to
    how many, None for never. Addresses are in part for who may not send it."""

    tenant: str
    month: str
    message: Rendered
    recipients: list[Recipient]
    goes: bool
    is_stopped: bool
    told: int | None
    told_month: str
    told_recipients: int


def compose(connection: Connection, tenant: str, month: int) -> Report | None:
    """What is to be told of a tenant for a month; None where nothing is kept of that."""
    days = days_of(month)
    rows = HygieneTable(connection).days(tenant, days_of(month - 1).start)
    mine = [row for row in rows if row.day in days]
    if not mine:
        return None
    before = [row for row in rows if row.day < days.start]
    stored = DirectoryTable(connection).tenant(tenant)
    known = None if stored is None else stored.tenant
    values = {"tenant": tenant if known is None else known.name or tenant}
    values |= _in_both("month", lambda language: in_words(month, language))
    tally = read_tally(mine[-1].body)
    values |= {"accounts": str(tally.accounts), **_scored("score", tally)}
    if before:
        values |= _scored("trend", read_tally(before[-1].body))
    language = DEFAULT_LANGUAGE if known is None else known.language or DEFAULT_LANGUAGE
    return Report(tenant=tenant, month=month, language=language, values=values | _parts(tally))


def send(
    connection: Connection,
    report: Report,
    roster: Roster,
    address: str,
    now: int,
    again: str = "",
) -> int:
    """Write the orders that send a report, at `now` (ms), with a link for who can look at it at
    `address`; to how many people. `again` makes it another one than was sent before."""
    sender = _sender(roster, report.tenant)
    if sender is None:
        return 0
    return sum(
        outbox.enqueue(connection, _order(report, one, address, now, again), sender.name)
        for one in hygiene_reports.recipients(connection, report.tenant)
    )


class HygieneReports:
    """The desk of the reports. Safe to share between threads."""

    def __init__(
        self,
        database: Engine,
        roster: Roster,
        address: str = "",
        now: Callable[[], int] = now_ms,
    ) -> None:
        """`address` is where browsers find the console; `now` gives ms since 1970 UTC."""
        self._database = database
        self._reading = reading(database)
        self._roster = roster
        self._address = address
        self._now = now

    @allowed(Operation.HYGIENE_READ)
    def preview(self, actor: Actor, named: str | None, language: str | None = None) -> Preview:
        """The report of the last month that is over, else of the present one, in a language or in
        the tenant's; of the own tenant, or of the first one, where none is named. Raises
        NotThereError for a tenant of which nothing is kept."""
        with self._reading.begin() as connection:
            tenant = named or within(actor) or _first(connection)
            _within(actor, tenant)
            report = self._latest(connection, tenant)
            people = hygiene_reports.recipients(connection, tenant)
            newest = hygiene_reports.newest(connection, tenant)
            is_stopped = hygiene_reports.is_stopped(connection, tenant)
        shown = language or report.language
        somebody = Recipient(name="", email="", is_reviewer=any(one.is_reviewer for one in people))
        order = _order(report, somebody, self._address, self._now(), "")
        sees = permits(actor, Operation.HYGIENE_REPORT)
        return Preview(
            tenant=tenant,
            month=in_words(report.month, language or "en"),
            message=rendered(order, shown),
            recipients=list(people) if sees else [_veiled(one) for one in people],
            goes=_sender(self._roster, tenant) is not None,
            is_stopped=is_stopped,
            told=None if newest is None else newest[1],
            told_month="" if newest is None else in_words(newest[0], language or "en"),
            told_recipients=0 if newest is None else newest[2],
        )

    @allowed(Operation.HYGIENE_REPORT)
    def send_now(self, actor: Actor, tenant: str) -> int:
        """Send the report that `preview` shows, whether or not it was sent before; to how many
        people. Raises NotThereError, and TakenError where there is nobody to write to."""
        _within(actor, tenant)
        now = self._now()
        with self._database.begin() as connection:
            report = self._latest(connection, tenant)
            count = send(connection, report, self._roster, self._address, now, f".{now}")
            if not count:
                raise _NOBODY
            told = {"do": "send", "month": in_words(report.month, "en"), "recipients": count}
            self._record(connection, actor, tenant, told)
        return count

    @allowed(Operation.HYGIENE_REPORT)
    def stop(self, actor: Actor, tenant: str) -> None:
        """Let no report of a tenant be sent by itself any more. Raises NotThereError."""
        _within(actor, tenant)
        with self._database.begin() as connection:
            self._latest(connection, tenant)
            hygiene_reports.stop(connection, tenant, self._now(), actor.reference)
            self._record(connection, actor, tenant, {"do": "stop"})

    @allowed(Operation.HYGIENE_REPORT)
    def go_on(self, actor: Actor, tenant: str) -> None:
        """Let them be sent again. Raises NotThereError."""
        _within(actor, tenant)
        with self._database.begin() as connection:
            self._latest(connection, tenant)
            hygiene_reports.go_on(connection, tenant)
            self._record(connection, actor, tenant, {"do": "go on"})

    def _latest(self, connection: Connection, tenant: str) -> Report:
        month = month_of(self._now())
        found = compose(connection, tenant, month - 1) or compose(connection, tenant, month)
        if found is None:
            raise NotThereError("nothing is kept of such a tenant")
        return found

    def _record(
        self, connection: Connection, actor: Actor, tenant: str, content: dict[str, object]
    ) -> None:
        record(
            connection, actor, Operation.HYGIENE_REPORT, "hygiene", tenant=tenant, content=content
        )


def _first(connection: Connection) -> str:
    found = HygieneTable(connection).latest_days(None, "", 1)
    return found[0].tenant if found else ""


def _within(actor: Actor, tenant: str) -> None:
    if within(actor) not in (None, tenant):
        raise NotThereError("nothing is kept of such a tenant")


def _veiled(one: Recipient) -> Recipient:
    return Recipient(
        name=mask_name(one.name), email=mask_name(one.email), is_reviewer=one.is_reviewer
    )


def _sender(roster: Roster, tenant: str) -> Entry | None:
    """Who can write to any address; others know accounts only."""
    offering = roster.offering(Action.NOTIFY, tenant)
    return next((entry for entry in offering if entry.kind == mail.KIND), None)


def _order(report: Report, one: Recipient, address: str, now: int, again: str) -> Order:
    values = dict(report.values)
    if address and one.is_reviewer:
        values["link"] = f"{address.rstrip('/')}/hygiene?tenant={quote(report.tenant, safe='')}"
    whom = f"{report.tenant}\0{report.month}\0{one.email.casefold()}"
    return Order(
        key=f"hygiene.{blake2b(whom.encode(), digest_size=12).hexdigest()}{again}",
        action=Action.NOTIFY,
        issued=now,
        tenant=report.tenant,
        target=Target(
            tenant=report.tenant, account=one.email, email=one.email, language=report.language
        ),
        template=REPORT,
        values=values,
    )


def _in_both(name: str, told: Callable[[str], str]) -> dict[str, str]:
    return {f"{name}.{language}": told(language) for language in ("en", "fr")}


def _scored(name: str, tally: Tally) -> dict[str, str]:
    score = tally.score()
    if score is None:
        return {}
    return {
        f"{name}.en": _OF.en.format(score=number(score, "en")),
        f"{name}.fr": _OF.fr.format(score=number(score, "fr")),
    }


def _parts(tally: Tally) -> dict[str, str]:
    """What is said of anybody, what would better the score most first."""
    worth = {fact: WEIGHTS[fact] * (100 - part) for fact, part in tally.parts().items()}
    facts = sorted((fact for fact in worth if tally.said.get(fact)), key=lambda f: -worth[f])
    text = _FIRST if facts else _WELL
    found = {"text.en": text.en, "text.fr": text.fr}
    for index, fact in enumerate(facts, 1):
        told = {
            "template": PART,
            "title.en": TITLES[fact].en,
            "title.fr": TITLES[fact].fr,
            "text.en": ADVICE[fact].en,
            "text.fr": ADVICE[fact].fr,
            "count": str(tally.said[fact]),
            "accounts": str(tally.considered[fact]),
        }
        found |= {f"{index}.{name}": value for name, value in told.items()}
    return found
