"""What a step of an erasure works with, and the memory of an engine that must forget as well."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from msgspec import Struct
from sqlalchemy import Connection

from detectors.core.identity import Subject
from monitor.protection.pseudonyms import Disguise
from monitor.store.erasures import Erasure
from monitor.store.writing import Writing


class Memory(Protocol):
    """What a running engine knows by heart. Asked in the transaction of the step."""

    def forget_account(self, writing: Writing, subject: Subject) -> None:
        """Know nothing of an account any more, and write nothing of it later."""

    def forget_ledgers(self) -> None:
        """Read what is known of sources and tenants from the tables again."""


class NoMemory:
    """There is no engine: tables are all there is."""

    def forget_account(self, writing: Writing, subject: Subject) -> None:
        """Nothing."""

    def forget_ledgers(self) -> None:
        """Nothing."""


class Work(Struct, kw_only=True):
    """A step's open transaction, the erasure that it is of, and what an engine has in memory.

    `pepper` is what names are digested with to be known again.
    """

    writing: Writing
    erasure: Erasure
    subject: Subject
    memory: Memory
    pepper: bytes

    @property
    def connection(self) -> Connection:
        """The transaction's connection."""
        return self.writing.connection

    @property
    def disguise(self) -> Disguise:
        """Who stands in the account's place."""
        return Disguise(
            tenant=self.subject.tenant,
            account=self.subject.uid,
            names=frozenset(self.erasure.names),
            pseudonym=self.erasure.pseudonym,
        )

    def count(self, kind: str, rows: int) -> None:
        """Note that so many of a kind went or were changed."""
        if rows:
            counts = self.erasure.counts
            counts[kind] = counts.get(kind, 0) + rows


Stage: TypeAlias = Callable[[Work], bool]
"""Does a small part, and says whether the stage is done; `erasure.cursor` is its own."""
