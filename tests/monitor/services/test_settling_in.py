"""After a recovery what was lost is void and the case is done; it may be done again."""

import pytest
from sqlalchemy import Engine

from detectors.core.event import DAY
from monitor.mfa.lost_factor import State
from monitor.services import recovery_steps, settling_in
from monitor.services.actor import Role
from monitor.services.enrolling import EnrolmentError
from monitor.services.factors import Method
from monitor.store import enrolments, recoveries
from tests.monitor.services.enrolled import (
    ANN,
    CLIENT,
    KEYRING,
    ROSTER,
    TERMS,
    audited,
    templates,
)
from tests.monitor.services.enrolling import Newcomer


@pytest.mark.one_on_postgresql
def test_a_recovery_ends_in_a_new_factor_and_voids_the_old_ones(database: Engine) -> None:
    ann = Newcomer(database)
    ann.by_totp(ann.ticket())
    lost = {one.handle for one in ann.factors.listed(ANN.owner) if one.kind is Method.TOTP}
    one = ann.recoveries.request(ann.who(), ANN)
    ann.recoveries.note_proof(ann.who(), one.handle, "seen in person")
    ann.recoveries.approve(ann.who("bob", Role.APPROVER), one.handle)
    ann.clock.now += DAY
    with database.begin() as connection:
        (due,) = recoveries.waited(connection, ann.clock.now, 9)
        recovery_steps.make_ready(connection, KEYRING, ROSTER, due, ann.clock.now, TERMS.recovery)
    bob = ann.who("bob", Role.APPROVER)
    key = ann.recoveries.hand_over(bob, one.handle).link.partition("#")[2]
    ann.clock.now += 1
    ticket = ann.enrolments.open(key, CLIENT)
    assert ticket is not None
    view = ann.enrolments.view(ticket)
    assert view is not None
    assert view.is_recovery
    done = ann.by_passkey(ticket)
    assert done.is_recovery
    left = {found.handle: found.kind for found in ann.factors.listed(ANN.owner)}
    assert not lost & set(left)
    assert set(left.values()) == {Method.PASSKEY, Method.RECOVERY}
    assert ann.recoveries.one(ann.who(), one.handle).state is State.DONE
    assert templates(database).count("factor_changed") >= 3
    assert ann.enrolments.open(key, CLIENT) is None

    with database.begin() as connection:
        link = next(
            row
            for row in enrolments.of_account(connection, ANN.tenant, ANN.account)
            if row.purpose == "recover" and row.used
        )
    settling_in.settle_in(database, ann.factors, link, ann.clock.now)
    assert {found.handle for found in ann.factors.listed(ANN.owner)} == set(left)
    assert audited(database).count("recoveries:step") == 2


def test_a_recovery_that_was_stopped_sets_up_nothing(database: Engine) -> None:
    ann = Newcomer(database)
    one = ann.recoveries.request(ann.who(), ANN)
    ann.recoveries.note_proof(ann.who(), one.handle, "seen in person")
    ann.recoveries.approve(ann.who("bob", Role.APPROVER), one.handle)
    ann.clock.now += DAY
    with database.begin() as connection:
        (due,) = recoveries.waited(connection, ann.clock.now, 9)
        recovery_steps.make_ready(connection, KEYRING, ROSTER, due, ann.clock.now, TERMS.recovery)
    bob = ann.who("bob", Role.APPROVER)
    key = ann.recoveries.hand_over(bob, one.handle).link.partition("#")[2]
    ticket = ann.enrolments.open(key, CLIENT)
    assert ticket is not None
    with database.begin() as connection:
        assert recovery_steps.stop_for(connection, ROSTER, ANN, ann.clock.now)
    with pytest.raises(EnrolmentError):
        ann.enrolments.offer_totp(ticket)
    assert not ann.factors.has_any(ANN.owner)
