"""Whoever has to agree is told all that they need, and nobody sees what is not theirs to see."""

import pytest
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import State
from detectors.core.event import HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.services.actor import Role
from monitor.services.approvals import Approvals, Pending
from monitor.services.blast import Caution
from monitor.store import restrictions
from tests.monitor.services.measured import NOW, ROSTER, TENANT, kept, known_account, measure
from tests.monitor.services.people import person

ADA = person(Role.ANALYST, uid="ada")
BOB = person(Role.APPROVER, uid="bob")
EVE = person(Role.APPROVER, uid="eve", tenant="another")
VIC = person(Role.VIEWER, uid="vic")


def ask(database: Engine, account: str = "u-17", lapses: int = HOUR, by: str = "") -> None:
    told = {"until": None, "reason": f"two at once by {account}", "expires": NOW + lapses}
    one = measure(
        Step.DEACTIVATE,
        State.REQUESTED,
        account,
        **told,
        requested_by=by or ADA.reference,
        requested=NOW,
        requested_name="Ada",
    )
    with database.begin() as connection:
        kept(connection, one)


def waiting(database: Engine, who: object = BOB) -> tuple[Pending, ...]:
    return Approvals(database, ROSTER, lambda: NOW).waiting(who).items  # type: ignore[arg-type]


def test_what_lapses_first_is_first_and_what_has_lapsed_is_gone(database: Engine) -> None:
    ask(database, "late", 3 * HOUR)
    ask(database, "soon", HOUR)
    ask(database, "over", 0)
    assert [one.measure.account for one in waiting(database)] == ["soon", "late"]


def test_a_second_person_decides_and_never_who_asked(database: Engine) -> None:
    known_account(database)
    ask(database, by=BOB.reference)
    (own,) = waiting(database, BOB)
    assert own.is_own
    assert own.can == {"withdraw"}
    (other,) = waiting(database, person(Role.APPROVER, uid="carl"))
    assert not other.is_own
    assert other.can == {"approve", "refuse"}
    assert other.responders == ("scim", "gate")
    (asking,) = waiting(database, ADA)
    assert asking.can == frozenset()


def test_what_speaks_against_it_is_said_but_not_the_request_itself(database: Engine) -> None:
    known_account(database, privileged=True, email="")
    ask(database)
    (one,) = waiting(database)
    assert {Caution.PRIVILEGED, Caution.LAST, Caution.UNTOLD} <= set(one.cautions)
    assert Caution.UNDER not in one.cautions


def test_others_tenants_and_restricted_accounts_are_not_shown(database: Engine) -> None:
    ask(database)
    assert waiting(database, EVE) == ()
    with database.begin() as connection:
        who = Subject(SubjectKind.ACCOUNT, TENANT, "u-17")
        restrictions.restrict(connection, who, NOW, "asked", "operator:x")
    assert waiting(database, BOB) == ()


@pytest.mark.parametrize(("who", "is_veiled"), [(BOB, False), (VIC, True)])
def test_who_may_not_look_at_people_sees_them_in_part(
    database: Engine, who: object, is_veiled: bool
) -> None:
    ask(database, "ann.droid@acme.example")
    (one,) = waiting(database, who)
    assert ("ann.droid" in one.measure.account) is not is_veiled
    assert ("ann.droid" in one.measure.reason) is not is_veiled
