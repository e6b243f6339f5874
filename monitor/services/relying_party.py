"""What passkeys are bound to for ever: fixed by the first one, and held to from then on."""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, func, select

from alerts.responders.roster import Roster
from monitor.clock import now_ms
from monitor.mfa.party import RelyingParty
from monitor.services.actor import Actor
from monitor.services.factor_changes import Deed, FactorChanges
from monitor.store import factors, tables
from monitor.store.connection import reading
from monitor.store.factors import ACCOUNT, PASSKEY, Owner
from monitor.store.writing import Writing
from monitor.trouble import Trouble

NOTE: Final = "relying_party"
_AT_ONCE: Final = 100


class RelyingPartyError(Trouble):
    """The settings say another RP ID than the passkeys are bound to; says what that would break."""


class Fixed(Struct, frozen=True):
    """What the first passkey was made for: the RP ID, and the address of the page (an origin)."""

    id: str
    origin: str


class Bound(Struct, frozen=True):
    """How many passkeys there are, and of how many accounts and reviewers."""

    passkeys: int
    accounts: int
    reviewers: int


def fixed(connection: Connection) -> Fixed | None:
    """What passkeys are bound to; None before the first one."""
    noted = Writing(connection).note(NOTE)
    return msgspec.json.decode(noted, type=Fixed) if noted else None


def bound(connection: Connection) -> Bound:
    """What another RP ID would break."""
    table = tables.factors
    count = func.count(func.distinct(table.c.owner))
    query = select(table.c.owner_kind, func.count(), count).where(table.c.kind == PASSKEY)
    rows = connection.execute(query.group_by(table.c.owner_kind)).all()
    people = {kind: owners for kind, _, owners in rows}
    others = sum(owners for kind, owners in people.items() if kind != ACCOUNT)
    return Bound(sum(number for _, number, _ in rows), people.get(ACCOUNT, 0), others)


def hold(connection: Connection, party: RelyingParty) -> None:
    """Fix what passkeys are bound to, in the transaction that keeps one. Raises
    RelyingPartyError where those before are bound to something else."""
    noted = Writing(connection).hold_note(NOTE)
    known = msgspec.json.decode(noted, type=Fixed) if noted else None
    if known is not None and known.id == party.id:
        return
    _refuse(known, party, bound(connection))
    now = Fixed(party.id, party.origins[0])
    Writing(connection).set_note(NOTE, msgspec.json.encode(now))


def check(database: Engine, party: RelyingParty | None) -> None:
    """Hold the settings to what passkeys are bound to. Raises RelyingPartyError."""
    with reading(database).connect() as connection:
        known = fixed(connection)
        if known is not None and (party is None or known.id != party.id):
            _refuse(known, party, bound(connection))


def forget(database: Engine, roster: Roster, by: Actor) -> int:
    """Take all passkeys away, a few a transaction, each written down and told to whose it was; how
    many there were."""
    changes, table, count = FactorChanges(roster), tables.factors, 0
    columns = (table.c.id, table.c.owner_kind, table.c.owner, table.c.subject_key, table.c.name)
    query = select(*columns).where(table.c.kind == PASSKEY).order_by(table.c.id).limit(_AT_ONCE)
    while True:
        with database.begin() as connection:
            rows = connection.execute(query).all()
            for number, kind, uid, subject_key, name in rows:
                factors.drop(connection, number)
                owner, now = Owner(kind, uid, subject_key), now_ms()
                changes.note(connection, owner, Deed.REMOVED, PASSKEY, now, name=name or "", by=by)
        if not rows:
            return count
        count += len(rows)


def _refuse(known: Fixed | None, party: RelyingParty | None, broken: Bound) -> None:
    if known is None or not broken.passkeys:
        # Nothing is bound to it, or not any more.
        return
    wanted = "no address that passkeys can be used at" if party is None else party.id
    raise RelyingPartyError(
        f"passkeys are bound to {known.id} for ever (made at {known.origin}), and the settings say "
        f"{wanted}: {broken.passkeys} passkeys of {broken.accounts} accounts and "
        f"{broken.reviewers} reviewers would not work any more. Put back mfa.rp_id = "
        f'"{known.id}" and a web.public_url at it or below it; to give them up instead, '
        "`vigie secrets passkeys --forget` takes them all away"
    )
