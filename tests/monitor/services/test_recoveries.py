"""Nobody is let set up a new factor but by a proof that one reviewer noted, the word of a second
one, and a wait; the account's owner hears of it by mail, and stops it from there."""

import pytest
from sqlalchemy import Engine

from detectors.core.event import DAY
from monitor.mfa.lost_factor import RecoveryError, State
from monitor.services import enrolment_keys, recovery_steps
from monitor.services.actor import Role, operator
from monitor.services.enrolment_keys import Purpose
from monitor.services.recoveries import PAUSE
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError, StaleError
from monitor.store import enrolments, recoveries, restrictions
from tests.monitor.services.enrolled import (
    ANN,
    KEYRING,
    NOW,
    ROSTER,
    STRANGER,
    TERMS,
    Desk,
    audited,
    known,
    orders,
    templates,
    who,
)


@pytest.fixture
def desk(database: Engine) -> Desk:
    known(database)
    return Desk(database)


def stop_key(handle: str) -> str:
    return enrolment_keys.key_of(KEYRING.enrolment, Purpose.STOP, handle)


def test_the_way_of_a_recovery_and_who_hears_of_it(desk: Desk) -> None:
    ada, bob = desk.who("ada", Role.ANALYST), desk.who("bob")
    one = desk.recoveries.request(ada, ANN)
    assert (one.state, one.requester, one.is_told) == (State.REQUESTED, "Someone", True)
    assert one.can == ("prove", "refuse")
    proved = desk.recoveries.note_proof(ada, one.handle, "  called back,\nHR's number ")
    assert proved.proof == "called back, HR's number"
    assert "approve" not in proved.can
    assert desk.recoveries.one(bob, one.handle).can == ("approve", "refuse")
    agreed = desk.recoveries.approve(bob, one.handle, proved.version)
    assert (agreed.state, agreed.ready) == (State.WAITING, NOW + DAY)
    assert sorted(templates(desk.database)) == [
        "recovery_agreed",
        "recovery_requested",
        "recovery_to_approve",
        "recovery_to_prove",
    ]
    assert {order.values.get("stop", one.handle) for order in orders(desk.database)} == {one.handle}
    said = [deed for deed in audited(desk.database) if deed.startswith("recoveries:")]
    assert said == ["recoveries:request", "recoveries:request", "recoveries:approve"]


def test_the_same_person_is_not_two(desk: Desk) -> None:
    bob = desk.who("bob")
    one = desk.recoveries.request(bob, ANN)
    desk.recoveries.note_proof(bob, one.handle, "seen")
    with pytest.raises(RecoveryError, match="another person"):
        desk.recoveries.approve(bob, one.handle)


def test_only_who_signed_in_agrees(desk: Desk) -> None:
    one = desk.recoveries.request(operator("root"), ANN)
    desk.recoveries.note_proof(desk.who("ada"), one.handle, "seen")
    with pytest.raises(RecoveryError, match="signed in to the console"):
        desk.recoveries.approve(operator("other"), one.handle)
    assert "approve" not in desk.recoveries.one(operator("other"), one.handle).can


def test_who_may_not_and_who_proved_nothing_lately(desk: Desk) -> None:
    one = desk.recoveries.request(desk.who("ada"), ANN)
    with pytest.raises(NotAllowedError):
        desk.recoveries.request(desk.who("eve", Role.VIEWER), ANN)
    with pytest.raises(NotAllowedError):
        desk.recoveries.approve(desk.who("ann", Role.ANALYST), one.handle)
    with pytest.raises(NotFreshError):
        desk.recoveries.note_proof(who("ada", at=NOW - DAY), one.handle, "seen")


def test_what_is_another_tenants_is_not_there(desk: Desk) -> None:
    bound = desk.who("eve", tenant="other")
    one = desk.recoveries.request(desk.who("ada"), ANN)
    for ask in (
        lambda: desk.recoveries.request(bound, ANN),
        lambda: desk.recoveries.one(bound, one.handle),
        lambda: desk.recoveries.note_proof(bound, one.handle, "x"),
        lambda: desk.recoveries.approve(bound, one.handle),
        lambda: desk.recoveries.refuse(bound, one.handle, "x"),
        lambda: desk.recoveries.hand_over(bound, one.handle),
        lambda: desk.recoveries.of(bound, ANN),
        lambda: desk.recoveries.one(desk.who("ada"), "0" * 32),
        lambda: desk.recoveries.request(desk.who("ada"), STRANGER),
    ):
        with pytest.raises(NotThereError):
            ask()
    assert desk.recoveries.page(bound) == ([], None)


def test_one_is_open_at_a_time(desk: Desk) -> None:
    one = desk.recoveries.request(desk.who("ada"), ANN)
    assert desk.recoveries.request(desk.who("bob"), ANN).handle == one.handle
    assert desk.recoveries.ask(ANN) is State.REQUESTED
    desk.recoveries.refuse(desk.who("bob"), one.handle, "it was not Ann")
    assert templates(desk.database)[-1] == "recovery_refused"
    assert desk.recoveries.state_of(ANN) is None
    again = desk.recoveries.request(desk.who("ada"), ANN)
    assert again.handle != one.handle
    assert [found.handle for found in desk.recoveries.of(desk.who("ada"), ANN)] == [
        again.handle,
        one.handle,
    ]


def test_a_subscriber_asks_and_needs_a_reviewer_like_everybody(desk: Desk) -> None:
    assert desk.recoveries.ask(ANN) is State.REQUESTED
    ((one,), _) = desk.recoveries.page(desk.who("ada"), {State.REQUESTED})
    assert one.requester == "the subscriber"
    with pytest.raises(RecoveryError, match="cannot be done"):
        desk.recoveries.approve(desk.who("bob"), one.handle)


def test_nobody_is_kept_busy_by_asking_again_and_again(desk: Desk) -> None:
    desk.recoveries.ask(ANN)
    ((one,), _) = desk.recoveries.page(desk.who("ada"))
    desk.recoveries.refuse(desk.who("ada"), one.handle, "a stranger")
    with pytest.raises(RecoveryError, match="within the last day"):
        desk.recoveries.ask(ANN)
    desk.now += PAUSE
    assert desk.recoveries.ask(ANN) is State.REQUESTED


def test_nothing_begins_where_the_accounts_data_is_restricted(desk: Desk) -> None:
    with desk.database.begin() as connection:
        restrictions.restrict(connection, ANN.subject, NOW, "x", "reviewer:ada")
    with pytest.raises(RecoveryError, match="nothing can be set up"):
        desk.recoveries.ask(ANN)


def test_of_two_who_change_it_one_is_told(desk: Desk) -> None:
    one = desk.recoveries.request(desk.who("ada"), ANN)
    desk.recoveries.note_proof(desk.who("ada"), one.handle, "seen", one.version)
    with pytest.raises(StaleError):
        desk.recoveries.refuse(desk.who("bob"), one.handle, "no", one.version)


def test_the_owner_stops_it_from_a_mail_once_and_the_team_hears_of_it(desk: Desk) -> None:
    one = desk.agreed()
    assert desk.recoveries.stoppable(stop_key(one.handle)) == ANN
    assert not desk.recoveries.stop("x" * 43)
    recover = enrolment_keys.key_of(KEYRING.enrolment, Purpose.RECOVER, one.handle)
    assert not desk.recoveries.stop(recover)
    assert desk.recoveries.stop(stop_key(one.handle))
    assert not desk.recoveries.stop(stop_key(one.handle))
    assert desk.recoveries.stoppable(stop_key(one.handle)) is None
    assert desk.recoveries.one(desk.who("ada"), one.handle).state is State.WITHDRAWN
    assert {"recovery_stopped", "recovery_contested"} <= set(templates(desk.database))


def test_a_link_is_handed_over_once_the_wait_is_over(desk: Desk) -> None:
    one = desk.agreed()
    with pytest.raises(RecoveryError, match="waiting time"):
        desk.recoveries.hand_over(desk.who("bob"), one.handle)
    desk.now = NOW + DAY
    with desk.database.begin() as connection:
        (due,) = recoveries.waited(connection, desk.now, 9)
        recovery_steps.make_ready(connection, KEYRING, ROSTER, due, desk.now, TERMS.recovery)
    first = desk.recoveries.hand_over(desk.who("bob"), one.handle)
    second = desk.recoveries.hand_over(desk.who("bob"), one.handle)
    assert first.link.startswith("https://vigie.example/enrol#")
    with desk.database.begin() as connection:
        holding = [
            link.handle
            for link in enrolments.of_account(connection, ANN.tenant, ANN.account)
            if link.expires > desk.now
        ]
    assert holding == [second.handle]


def test_pages_go_on_behind_the_last(desk: Desk) -> None:
    ada = desk.who("ada")
    for _ in range(3):
        made = desk.recoveries.request(ada, ANN)
        desk.recoveries.refuse(ada, made.handle, "no")
        desk.now += 1
    first, place = desk.recoveries.page(desk.who("ada"), limit=2)
    rest, end = desk.recoveries.page(desk.who("ada"), before=place, limit=2)
    assert [len(first), len(rest), end] == [2, 1, None]
    assert len({one.handle for one in [*first, *rest]}) == 3
