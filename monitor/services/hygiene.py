"""Hygiene, as people and programs ask for it: what tenants' accounts come to, and which."""

from collections.abc import Callable
from datetime import date
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Engine

from detectors.core.event import DAY
from monitor.clock import now_ms
from monitor.directory.account import State, account_id
from monitor.hygiene.facts import ALL, Detail, Fact
from monitor.hygiene.facts import day as day_of
from monitor.hygiene.kept import read, read_tally
from monitor.hygiene.noted import NOTE, noted
from monitor.hygiene.score import WEIGHTS, Tally, together
from monitor.hygiene.words import advice_of, sentence_of, title_of
from monitor.protection.masking import mask_name
from monitor.services.actor import Actor, ActorKind
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.refusal import NotThereError
from monitor.store.connection import reading
from monitor.store.hygiene import Day, HygieneTable, Shown
from monitor.store.writing import Writing

MOST: Final = 200
"""Tenants or accounts of one page."""
MOST_DAYS: Final = 1_100


class Part(Struct, frozen=True, kw_only=True):
    """One fact of a tenant's day: accounts that it is said of, of those that it could be said of,
    how well that is, 0 to 100, and by how much the score rises once it is said of nobody."""

    fact: Fact
    title: str
    advice: str
    said: int
    considered: int
    part: float
    worth: float


class TenantView(Struct, frozen=True, kw_only=True):
    """What a tenant's accounts came to on a day (UTC); `tenant` None: those of all tenants."""

    tenant: str | None
    day: date
    accounts: int
    score: float | None
    parts: list[Part]


class FactView(Struct, frozen=True, kw_only=True):
    """One fact of an account, since when it is said (ms), and its particulars."""

    fact: Fact
    title: str
    sentence: str
    since: int
    detail: dict[str, Detail]


class AccountView(Struct, frozen=True, kw_only=True):
    """An account and what is said of it. `last_seen` is its last use (ms), None for never."""

    id: str
    tenant: str
    uid: str
    display_name: str
    kind: str
    state: State
    privileged: bool
    last_seen: int | None
    facts: list[FactView]


class Tenants(Struct, frozen=True):
    """A page of tenants, and behind which the next begins."""

    items: list[TenantView]
    next: str | None


class Accounts(Struct, frozen=True):
    """A page of accounts, and the id behind which the next begins."""

    items: list[AccountView]
    next: str | None


class Condition(Struct, frozen=True, kw_only=True):
    """When the last round ended (ms), None before the first, and how many accounts there were."""

    finished: int | None
    accounts: int


class Hygiene:
    """The hygiene of one database. Safe to share between threads."""

    def __init__(self, database: Engine, now: Callable[[], int] = now_ms) -> None:
        self._database = database
        self._reading = reading(database)
        self._now = now

    @allowed(Operation.HYGIENE_READ)
    def condition(self, actor: Actor) -> Condition:
        """How the rounds are; of accounts only whoever sees all tenants is told."""
        with self._reading.connect() as connection:
            told = noted(Writing(connection).note(NOTE))
        accounts = told.accounts if within(actor) is None else 0
        return Condition(finished=told.finished or None, accounts=accounts)

    @allowed(Operation.HYGIENE_READ)
    def tenants(
        self, actor: Actor, after: str = "", limit: int = 50, language: str = "en"
    ) -> Tenants:
        """The last day of each tenant, by tenant, those behind `after`."""
        count = min(max(limit, 1), MOST)
        with self._reading.connect() as connection:
            found = HygieneTable(connection).latest_days(within(actor), after, count + 1)
        following = found[count - 1].tenant if len(found) > count else None
        return Tenants([_view(one, language) for one in found[:count]], following)

    @allowed(Operation.HYGIENE_READ)
    def days(
        self, actor: Actor, tenant: str | None = None, days: int = 30, language: str = "en"
    ) -> list[TenantView]:
        """The last days of a tenant, or of all that somebody sees as one, the oldest first. Raises
        NotThereError for a tenant of which nothing is kept."""
        wanted = _bound(actor, tenant)
        since = self._now() // DAY - min(max(days, 1), MOST_DAYS) + 1
        with self._reading.connect() as connection:
            table = HygieneTable(connection)
            if tenant is not None and not table.latest_days(tenant, "", 1):
                raise NotThereError("nothing is kept of such a tenant")
            found = table.days(wanted, since)
        if wanted is not None:
            return [_view(one, language) for one in found]
        return _as_one(found, language)

    @allowed(Operation.HYGIENE_ACCOUNTS)
    def accounts(
        self,
        actor: Actor,
        tenant: str | None = None,
        fact: Fact | None = None,
        after: str | None = None,
        limit: int = 50,
        language: str = "en",
    ) -> Accounts:
        """Accounts of which a fact, or any, is said, by tenant and uid, those behind the id
        `after`. Names are masked for who may not look at people; that a reviewer looked at a first
        page is recorded. Raises NotThereError for an `after` that is no account's."""
        wanted, count = _bound(actor, tenant), min(max(limit, 1), MOST)
        facts = (1 << len(ALL)) - 1 if fact is None else 1 << ALL.index(fact)
        with self._reading.connect() as connection:
            place = None if after is None else _place(connection, after, wanted)
            found = HygieneTable(connection).accounts(wanted, facts, place, count + 1)
        if after is None and actor.kind is ActorKind.REVIEWER:
            told = {"fact": None if fact is None else fact.value}
            with self._database.begin() as connection:
                operation = Operation.HYGIENE_ACCOUNTS
                record(connection, actor, operation, "hygiene", tenant=wanted, content=told)
        sees = permits(actor, Operation.PERSON_LOOK)
        views = [_account(one, language, sees=sees) for one in found[:count]]
        return Accounts(views, views[-1].id if len(found) > count else None)


def _bound(actor: Actor, tenant: str | None) -> str | None:
    own = within(actor)
    if own is not None and tenant not in (None, own):
        raise NotThereError("nothing is kept of such a tenant")
    return own if tenant is None else tenant


def _place(connection: Connection, identifier: str, within: str | None) -> tuple[str, str]:
    try:
        key = bytes.fromhex(identifier)
    except ValueError:
        key = b""
    place = HygieneTable(connection).place_of(key)
    # An account's id can be told from its name: whether it is another tenant's is nobody's to try.
    if place is None or within not in (None, place[0]):
        raise NotThereError("there is no such account")
    return place


def _as_one(found: list[Day], language: str) -> list[TenantView]:
    by_day: dict[int, list[Tally]] = {}
    for one in found:
        by_day.setdefault(one.day, []).append(read_tally(one.body))
    return [
        _told(None, number, together(tallies), language)
        for number, tallies in sorted(by_day.items())
    ]


def _view(one: Day, language: str) -> TenantView:
    return _told(one.tenant, one.day, read_tally(one.body), language)


def _told(tenant: str | None, number: int, tally: Tally, language: str) -> TenantView:
    found = tally.parts()
    weight = sum(WEIGHTS[fact] for fact in found)
    parts = [
        Part(
            fact=fact,
            title=title_of(fact, language),
            advice=advice_of(fact, language),
            said=tally.said.get(fact, 0),
            considered=tally.considered.get(fact, 0),
            part=part,
            worth=round(WEIGHTS[fact] * (100 - part) / weight, 1),
        )
        for fact, part in found.items()
    ]
    return TenantView(
        tenant=tenant,
        day=day_of(number * DAY),
        accounts=tally.accounts,
        score=tally.score(),
        parts=sorted(parts, key=lambda part: -part.worth),
    )


def _account(shown: Shown, language: str, *, sees: bool) -> AccountView:
    account = shown.account
    facts = []
    for one in read(shown.body).said:
        detail = dict(one.detail)
        if not sees and "name" in detail:
            detail["name"] = mask_name(str(detail["name"]))
        facts.append(
            FactView(
                fact=one.fact,
                title=title_of(one.fact, language),
                sentence=sentence_of(one.fact, detail, language),
                since=one.since,
                detail=detail,
            )
        )
    uid, name = account.uid, account.display_name
    return AccountView(
        id=account_id(account.tenant, account.uid).hex(),
        tenant=account.tenant,
        uid=uid if sees else mask_name(uid),
        display_name=name if sees or not name else mask_name(name),
        kind=account.kind.value,
        state=account.state,
        privileged=account.privileged,
        last_seen=shown.last_seen or None,
        facts=facts,
    )
