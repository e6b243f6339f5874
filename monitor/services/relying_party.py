"""What passkeys are bound to for ever: fixed by the first one, and held to from then on."""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, func, select

from monitor.mfa.party import RelyingParty
from monitor.store import tables
from monitor.store.connection import reading
from monitor.store.factors import ACCOUNT, PASSKEY
from monitor.store.writing import Writing
from monitor.trouble import Trouble

NOTE: Final = "relying_party"


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
