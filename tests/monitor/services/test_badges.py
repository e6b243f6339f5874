"""The number beside a room is what waits for whoever looks: not their own, not others'."""

import re

import pytest
from sqlalchemy import Engine, text

from alerts.ladder import Step
from alerts.measure import State
from detectors.core.event import HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.mfa.lost_factor import Case
from monitor.mfa.lost_factor import State as Proof
from monitor.services import badges
from monitor.services.actor import Actor, Role
from monitor.services.badges import MOST, Badges
from monitor.store import recoveries, restrictions
from monitor.store.connection import reading
from tests.monitor.services.measured import NOW, TENANT, kept, measure
from tests.monitor.services.people import person

BOB = person(Role.APPROVER, uid="bob")


def ask(database: Engine, account: str, by: str = "reviewer:ada", lapses: int = HOUR) -> None:
    told = {"until": None, "requested_by": by, "expires": NOW + lapses}
    with database.begin() as connection:
        kept(connection, measure(Step.DEACTIVATE, State.REQUESTED, account, **told))


def count(database: Engine, who: Actor = BOB) -> int:
    return Badges(database, lambda: NOW).approvals(who)


def test_it_counts_what_others_asked_for_and_somebody_may_agree_to(database: Engine) -> None:
    ask(database, "a")
    ask(database, "b", by=BOB.reference)
    ask(database, "c", lapses=0)
    with database.begin() as connection:
        kept(connection, measure(Step.DEACTIVATE, State.PROPOSED, "d"))
    assert count(database) == 1
    assert count(database, person(Role.APPROVER, uid="eve", tenant="another")) == 0
    assert count(database, person(Role.APPROVER, uid="eve", tenant=TENANT)) == 2
    for role in (Role.ANALYST, Role.VIEWER, Role.TENANT_CONTACT):
        assert count(database, person(role)) == 0


def test_who_lost_every_factor_waits_too_but_not_for_who_saw_the_proof(database: Engine) -> None:
    case = recoveries.StoredCase(
        case=Case(
            state=Proof.PROVED,
            requested=NOW,
            requested_by="reviewer:ada",
            expires=NOW + HOUR,
            proof="in person",
            proved=NOW,
            proved_by="reviewer:eve",
        ),
        handle="0" * 32,
        subject_key=7,
        tenant=TENANT,
        account="u-3",
        requester_name="Ada",
    )
    with database.begin() as connection:
        recoveries.add(connection, case)
    assert count(database) == 1
    assert count(database, person(Role.APPROVER, uid="eve")) == 0


def test_restricted_accounts_do_not_count_and_counting_ends(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(badges, "MOST", 3)
    for number in range(5):
        ask(database, f"u-{number}")
    assert count(database) == 3
    with database.begin() as connection:
        for number in range(3):
            who = Subject(SubjectKind.ACCOUNT, TENANT, f"u-{number}")
            restrictions.restrict(connection, who, NOW, "asked", "operator:x")
    assert count(database) == 2


@pytest.mark.parametrize("kind", ["_measures", "_cases"])
def test_an_index_answers_it(database: Engine, kind: str) -> None:
    query = getattr(Badges(database, lambda: NOW), kind)(BOB).limit(MOST)
    told = query.compile(reading(database), compile_kwargs={"literal_binds": True})
    is_file = database.dialect.name == "sqlite"
    with database.begin() as connection:
        if not is_file:
            # A planner that looks at an empty table reads all of it, unless it is told not to.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_file else ''}{told}")).all()
    lines = [str(row[-1]) for row in plan]
    assert any(re.search(r"(?i)index \w* ?\w* ?ix_\w*state", line) for line in lines), lines
