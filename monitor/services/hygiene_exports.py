"""Hygiene as tables: which accounts and what to do, and what tenants came to day by day."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from monitor.export.csv import document
from monitor.hygiene.facts import ALL, Fact
from monitor.hygiene.words import advice_of
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed
from monitor.services.hygiene import MOST, AccountView, Hygiene

ACCOUNTS: Final = (
    "tenant",
    "uid",
    "display_name",
    "kind",
    "state",
    "privileged",
    "last_seen",
    "fact",
    "since",
    "said",
    "to_do",
)
"""The columns of accounts; a line for each thing that is said of one, times in UTC (ISO 8601)."""
DAYS: Final = (
    "tenant",
    "day",
    "accounts",
    "score",
    *(f"{fact.value}_{column}" for fact in ALL for column in ("said", "considered")),
)
"""The columns of days; empty where nothing could be said."""


class Wish(Struct, frozen=True, kw_only=True):
    """What is asked for: of one tenant or of all, one fact or any, in a language."""

    tenant: str | None = None
    fact: Fact | None = None
    language: str = "en"
    delimiter: str = ","


class HygieneExports:
    """The desk of these tables, over that of hygiene. Safe to share between threads."""

    def __init__(self, hygiene: Hygiene) -> None:
        self._hygiene = hygiene

    @allowed(Operation.HYGIENE_ACCOUNTS)
    def accounts(self, actor: Actor, wish: Wish) -> Iterator[bytes]:
        """Accounts of which something is said, as CSV in pieces (UTF-8). Names are masked for who
        may not look at people; that it was asked for is recorded. Raises NotThereError."""
        first = self._hygiene.accounts(actor, wish.tenant, wish.fact, None, MOST, wish.language)
        return document(self._account_rows(actor, wish, first.items, first.next), wish.delimiter)

    @allowed(Operation.HYGIENE_READ)
    def days(self, actor: Actor, wish: Wish, days: int) -> Iterator[bytes]:
        """The last days of a tenant, or of all as one, as CSV. Raises NotThereError."""
        found = self._hygiene.days(actor, wish.tenant, days, wish.language)
        rows = [list(DAYS)]
        for one in found:
            parts = {part.fact: part for part in one.parts}
            counts = [
                str(count)
                for fact in ALL
                for count in (
                    (parts[fact].said, parts[fact].considered) if fact in parts else ("", "")
                )
            ]
            score = "" if one.score is None else str(one.score)
            rows.append([one.tenant or "", one.day.isoformat(), str(one.accounts), score, *counts])
        return document(rows, wish.delimiter)

    def _account_rows(
        self, actor: Actor, wish: Wish, items: list[AccountView], after: str | None
    ) -> Iterator[list[str]]:
        yield list(ACCOUNTS)
        while True:
            for account in items:
                yield from _rows(account, wish)
            if after is None:
                return
            page = self._hygiene.accounts(actor, wish.tenant, wish.fact, after, MOST, wish.language)
            items, after = page.items, page.next


def _rows(account: AccountView, wish: Wish) -> Iterator[list[str]]:
    for one in account.facts:
        if wish.fact is None or one.fact is wish.fact:
            yield [
                account.tenant,
                account.uid,
                account.display_name,
                account.kind,
                account.state.value,
                "yes" if account.privileged else "no",
                _at(account.last_seen),
                one.fact.value,
                _at(one.since),
                one.sentence,
                advice_of(one.fact, wish.language),
            ]


def _at(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
