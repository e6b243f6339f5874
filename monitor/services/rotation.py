"""All secrets at rest sealed anew with another key: a few a transaction, taken up again after any
end, while others seal and open.

The new key is on the disk before the database goes by it; from then on everybody seals with it;
what former keys sealed is sealed anew, and only then a former key may go. Each step holds when the
one after it never comes.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    func,
    or_,
    select,
    update,
)

from monitor.instance import SEALING_NOTES
from monitor.mfa.sealing import SealError, name_of
from monitor.sealing_keys import SealingKeyError, new_key
from monitor.services.actor import operator
from monitor.services.at_rest import NOTE, AtRest, current
from monitor.services.audit import record
from monitor.services.keyring import Keyring
from monitor.store import tables
from monitor.store.connection import reading
from monitor.store.factors import RECOVERY, Owner
from monitor.store.writing import Writing

BATCH: Final = 100
"""Secrets of one transaction."""
_DONE: Final = SEALING_NOTES[1]
"""The note of the last key with which everything was sealed."""


class Place(Struct, frozen=True):
    """Where secrets lie: a column of a table, whose rows are told apart by `key`; for whom a row's
    is sealed, and which rows have one."""

    key: Column[Any]
    secret: Column[Any]
    seal: AtRest
    owner: Callable[[RowMapping], str]
    having: tuple[ColumnElement[bool], ...]
    columns: tuple[Column[Any], ...]


class Outcome(Struct, frozen=True):
    """How many were sealed anew; how many open with no key that is here, and stay as they are."""

    sealed: int
    lost: int


class Rotation:
    """Of one database; `batch` is how many secrets one transaction seals."""

    def __init__(self, database: Engine, keyring: Keyring, batch: int = BATCH) -> None:
        self._database = database
        self._keys = keyring.sealing
        self._batch = batch
        self._places = _places(keyring)

    def run(self, told: Callable[[int, int], None] = lambda _done, _all: None) -> Outcome:
        """Go over to a new key, or on with what was interrupted. Raises SealingKeyError where
        there is nothing to go over to, or somebody else does it just now. `told` is given how many
        were looked at so far, and of how many."""
        with self._alone():
            name = self._begin()
            outcome = self._seal_all(name, told)
            with self._database.begin() as connection:
                Writing(connection).set_note(_DONE, name)
                content = {"key": name.hex(), "sealed": outcome.sealed, "lost": outcome.lost}
                record(connection, operator(), "secrets:rotate", "secrets", content=content)
        return outcome

    def forget_former(self) -> int:
        """Take away keys that nothing is sealed with any more: how many. Raises SealingKeyError
        where they are not here to be taken away, or something is sealed with one."""
        with self._alone():
            keys = self._keys.read()
            with reading(self._database).connect() as connection:
                done = Writing(connection).note(_DONE)
            if not keys or done != name_of(keys[0]):
                raise SealingKeyError("not all is sealed with the newest key yet")
            self._keys.put(keys[:1])
            return len(keys) - 1

    def _begin(self) -> bytes:
        """What everything is sealed with from now on: the newest key where that was begun, or was
        put there by whoever looks after the settings; else a new one."""
        keys = self._keys.read()
        with self._database.begin() as connection:
            noted, done = current(connection), Writing(connection).note(_DONE)
        is_begun = bool(keys) and (noted != name_of(keys[0]) or done != noted)
        if not is_begun:
            if self._keys.is_given:
                raise SealingKeyError(
                    "everything is sealed with the newest of secrets.sealing_keys: put a new one "
                    "(32 bytes in base64) in front of it, start Vigie again, then rotate"
                )
            keys = [new_key(), *keys]
            self._keys.put(keys)
        name = name_of(keys[0])
        with self._database.begin() as connection:
            current(connection)
            Writing(connection).set_note(NOTE, name)
        return name

    def _seal_all(self, name: bytes, told: Callable[[int, int], None]) -> Outcome:
        total, done, sealed, lost = self._count(), 0, 0, 0
        for place in self._places:
            last = None
            while True:
                with self._database.begin() as connection:
                    rows = _after(connection, place, last, self._batch)
                    for row in rows:
                        became = _sealed_anew(connection, place, row, name)
                        sealed += became is True
                        lost += became is None
                if not rows:
                    break
                last = rows[-1]["key"]
                done += len(rows)
                told(done, total)
        return Outcome(sealed, lost)

    def _count(self) -> int:
        with reading(self._database).connect() as connection:
            return sum(
                connection.execute(
                    select(func.count()).select_from(one.key.table).where(*one.having)
                ).scalar_one()
                for one in self._places
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time over the keys of one folder."""
        if self._keys.path is None:
            yield
            return
        descriptor = os.open(self._keys.path.parent, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SealingKeyError("somebody else rotates the keys just now") from None
            yield
        finally:
            os.close(descriptor)


def _sealed_anew(connection: Connection, place: Place, row: RowMapping, name: bytes) -> bool | None:
    """Whether it had to be; None where it does not open. What somebody changed meanwhile is sealed
    with the new key already."""
    secret, seal = bytes(row["secret"]), place.seal.seal(name)
    if secret.startswith(seal.prefix):
        return False
    owner = place.owner(row)
    try:
        opened = place.seal.open(secret, owner)
    except SealError:
        return None
    mine = (place.key == row["key"], place.secret == row["secret"])
    table = place.key.table
    values = {place.secret.key: seal.close(opened, owner)}
    connection.execute(update(table).where(*mine).values(values))
    return True


def _after(connection: Connection, place: Place, last: Any, count: int) -> list[RowMapping]:
    beyond = () if last is None else (place.key > last,)
    query = select(place.key.label("key"), place.secret.label("secret"), *place.columns)
    query = query.where(*place.having, *beyond).order_by(place.key).limit(count)
    return list(connection.execute(query).mappings())


def _places(keyring: Keyring) -> tuple[Place, ...]:
    factors, sessions, bound = tables.factors.c, tables.reviewer_sessions.c, tables.oidc_sessions.c
    return (
        Place(
            factors.id,
            factors.secret,
            keyring.seal,
            lambda row: Owner(row["owner_kind"], row["owner"]).reference,
            # Recovery codes were digests once.
            (or_(factors.kind != RECOVERY, factors.selector.is_not(None)),),
            (factors.owner_kind, factors.owner),
        ),
        Place(
            sessions.digest,
            sessions.draft,
            keyring.drafts,
            lambda row: f"session:{row['uid']}",
            (sessions.draft.is_not(None),),
            (sessions.uid,),
        ),
        Place(
            bound.session,
            bound.hint,
            keyring.drafts,
            lambda row: f"oidc:{row['key']}",
            (bound.hint.is_not(None),),
            (),
        ),
    )
