"""A copy says how an account was proved: nothing in it could be used, or names who did it."""

import json

from sqlalchemy import Engine, Table, select

from monitor.mfa.challenge import Reason
from monitor.services import assurance
from monitor.services.copied_proof import _OWN, proof_lines
from monitor.services.factors import Level, Method
from monitor.services.subscriber import Subscriber
from monitor.store import tables
from monitor.store.tables import mfa
from tests.monitor.services.subscribing import MARIE, Place
from tests.monitor.web.staging import NOON

JEAN = Subscriber(MARIE.tenant, "u-jean")


def test_what_is_there_is_told_and_nothing_that_could_be_used(database: Engine) -> None:
    place = Place(database)
    for whose in (MARIE, JEAN):
        place.holder.totp(whose.owner, f"App of {whose.account}")
        place.visit(whose)
    with database.begin() as connection:
        assurance.raise_to(connection, MARIE, "s-1", Level.AAL2, Method.TOTP, NOON, NOON + 1)
        assurance.end_session(connection, MARIE, "s-2", NOON, None, Reason.REVIEW, "k")
    with database.connect() as connection:
        told = [json.loads(line) for line in proof_lines(connection, MARIE.subject)]
        secrets = list(connection.execute(select(tables.factors.c.secret)).scalars())
    assert [one["kind"] for one in told] == ["factor", "proof", "demand", "visit"]
    assert told[0]["name"] == "App of u-marie"
    assert "u-jean" not in json.dumps(told)
    assert all(bytes(one).hex() not in json.dumps(told) for one in secrets)


def test_every_table_of_proof_is_in_it() -> None:
    """What is about an account is its owner's to have; what only tells gates to look again is not
    about anything."""
    about = {
        one.name for one in vars(mfa).values() if isinstance(one, Table) and "subject_key" in one.c
    }
    assert about - {table.name for table, _ in _OWN.values()} == {"gate_changes"}
