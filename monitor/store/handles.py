"""Accounts by what stands for them in addresses, where nobody is named: a digest, looked up in
whatever knows the account. Whoever is in the logs alone is found as whoever the directory lists.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from alerts.incident import Incident
from detectors.core.context import Context
from detectors.core.event import Event
from detectors.core.fold import Fold, OutdatedStateError
from detectors.core.identity import Subject, SubjectKind
from monitor.directory.account import account_id
from monitor.store import tables, tickets
from monitor.store.directory import DirectoryTable

_HANDLE: Final = re.compile(r"[0-9a-f]{16}")
_BYTES: Final = 8
_SIGN, _RING = 1 << 63, 1 << 64
_ACCOUNT: Final = SubjectKind.ACCOUNT
# Where people, responders and proofs are told of an account by its names.
_NAMED: Final = (
    tables.measures,
    tables.challenges,
    tables.recoveries,
    tables.account_notes,
    tables.restrictions,
    tables.objections,
    tables.gate_list,
)
_event = msgspec.msgpack.Decoder(Event).decode
_incident = msgspec.msgpack.Decoder(Incident).decode


def key_of(handle: str) -> int | None:
    """The key in a handle (`Subject.handle`); None for what is none."""
    if _HANDLE.fullmatch(handle) is None:
        return None
    key = int(handle, 16)
    return key - _RING if key >= _SIGN else key


def account_of(connection: Connection, handle: str) -> Subject | None:
    """The account of a handle; None where nothing that is kept knows it."""
    key = key_of(handle)
    if key is None:
        return None
    return next((one for one in _known(connection, key) if one.key() == key), None)


def account_of_id(connection: Connection, identifier: bytes) -> Subject | None:
    """The account of a directory's id (16 bytes), or of a handle (8 bytes), which those have too
    that no directory lists; None where nothing that is kept knows it."""
    if len(identifier) == _BYTES:
        return account_of(connection, identifier.hex())
    stored = DirectoryTable(connection).account(identifier)
    return None if stored is None else stored.account.subject


def names_of(connection: Connection, subjects: Collection[Subject]) -> dict[Subject, str]:
    """What people call these accounts, of those that the directory knows a name of."""
    by_id = {account_id(one.tenant, one.uid): one for one in subjects}
    table = DirectoryTable(connection)
    return {
        by_id[found.id]: found.account.display_name
        for found in table.accounts_of(list(by_id)).values()
        if found.account.display_name
    }


def _known(connection: Connection, key: int) -> Iterator[Subject]:
    """Whoever bears this key, by one who knows them after the other."""
    accounts, events, incidents = tables.accounts, tables.events, tables.incidents
    query = select(accounts.c.tenant, accounts.c.uid).where(accounts.c.account_key == key)
    for tenant, uid in connection.execute(query):
        yield Subject(_ACCOUNT, tenant, uid)
    latest = select(events.c.body).where(events.c.account_key == key)
    for body in connection.execute(latest.order_by(events.c.id.desc()).limit(1)).scalars():
        event = _event(body)
        yield Subject(_ACCOUNT, event.tenant, event.account)
    query = select(incidents.c.body).where(incidents.c.subject_key == key).limit(1)
    for body in connection.execute(query).scalars():
        yield _incident(body).subject
    for table in _NAMED:
        query = select(table.c.tenant, table.c.account).where(table.c.subject_key == key).limit(1)
        for tenant, uid in connection.execute(query):
            yield Subject(_ACCOUNT, tenant, uid)
    subject = tickets.subject_of(connection, key)
    if subject is not None:
        yield subject
    yield from _remembered(connection, key)


def _remembered(connection: Connection, key: int) -> Iterator[Subject]:
    """Of whom nothing is left but what is known of their habits."""
    table = tables.snapshots
    mine = (table.c.subject_key == key, table.c.kind == _ACCOUNT.value)
    fold = Fold(_ACCOUNT, (), Context())
    for body in connection.execute(select(table.c.body).where(*mine).limit(1)).scalars():
        try:
            yield fold.restore_profile(bytes(body)).subject
        except OutdatedStateError:
            return
