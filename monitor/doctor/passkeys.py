"""What passkeys are bound to, and whether what is sealed has its key."""

from collections.abc import Iterator

from sqlalchemy import Engine

from monitor import assembly
from monitor.doctor.check import Check, database_of, note
from monitor.mfa.sealing import name_of
from monitor.sealing_keys import SealingKeyError
from monitor.services import relying_party
from monitor.services.at_rest import current
from monitor.services.relying_party import RelyingPartyError
from monitor.settings import Settings


def look(settings: Settings) -> Iterator[Check]:
    """Those of the database, where there is one."""
    with database_of(settings) as database:
        if database is not None:
            yield _binding(settings, database)
            yield _sealing(settings, database)


def _binding(settings: Settings, database: Engine) -> Check:
    party = assembly.relying_party_of(settings)
    try:
        relying_party.check(database, party)
    except RelyingPartyError as error:
        return Check("passkeys", good=False, seen=str(error), remedy="put mfa.rp_id back")
    with database.connect() as connection:
        found = relying_party.bound(connection)
    if party is None:
        advice = "they need a web.public_url by a name and by https"
        return note("passkeys", f"cannot be used at {settings.web.address}", advice)
    told = f"{found.passkeys}, bound to {party.id}"
    if found.passkeys or settings.mfa.rp_id is not None:
        return Check("passkeys", good=True, seen=told)
    advice = "the first one binds all to it for ever: set mfa.rp_id now, if it is to be another"
    return note("passkeys", f"none yet; they will be bound to {party.id}", advice)


def _sealing(settings: Settings, database: Engine) -> Check:
    keys = assembly.sealing_keys_of(settings)
    with database.begin() as connection:
        name = current(connection)
    try:
        known = {name_of(key) for key in keys.read()}
    except SealingKeyError as error:
        return Check("sealing keys", good=False, seen=str(error), remedy="put them back")
    remedy = "nobody can prove themselves without it: put it back among the sealing keys"
    if name and name not in known:
        return Check("sealing keys", good=False, seen=f"{name.hex()} is not here", remedy=remedy)
    seen = "the instance's own" if not name else f"{name.hex()}, and {len(known) - 1} former ones"
    return Check("sealing keys", good=True, seen=seen)
