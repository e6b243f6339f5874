"""A deactivation takes two people and leaves its reasons; all is in its tenant, written down,
and reversible from where it was done."""

from threading import Thread
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts import execution
from alerts.ladder import Step
from alerts.measure import Measure, MeasureError, State
from alerts.policy import Policy
from alerts.ports import Action
from detectors.core.context import AccountKind
from detectors.core.event import HOUR
from monitor.directory.account import AccountChanges
from monitor.services.actor import Actor, Role, operator
from monitor.services.carrying import carry_out
from monitor.services.directory import Directory
from monitor.services.measure_checks import Wanted
from monitor.services.measures import LAPSES, Measures
from monitor.services.refusal import (
    NotAllowedError,
    NotFreshError,
    NotThereError,
    StaleError,
)
from monitor.store import measures, policies, restrictions, tables
from monitor.store.measures import Filter
from tests.monitor.services.measured import (
    ACCOUNT,
    NOW,
    ROSTER,
    TENANT,
    WHO,
    answer_all,
    kept,
    known_account,
    measure,
    rows_of,
)
from tests.monitor.services.people import person
from tests.monitor.services.ticketed import Desk, incident

ADA = person(Role.ANALYST, authenticated=NOW, uid="ada")
BOB = person(Role.APPROVER, authenticated=NOW, uid="bob")
FOREIGN = person(Role.ADMINISTRATOR, authenticated=NOW, uid="eve", tenant="another")
VIEWER = person(Role.VIEWER, authenticated=NOW, uid="vic")


def desk(database: Engine) -> Measures:
    return Measures(database, ROSTER, lambda: NOW)


def wanted(step: Step = Step.DEACTIVATE, **more: Any) -> Wanted:
    given: dict[str, Any] = {"tenant": TENANT, "accounts": (ACCOUNT,), "reason": "shared"}
    given |= {"aup": "6", "hours": 24 if step is Step.SUSPEND else None}
    return Wanted(step=step, **given | more)


def add_account(database: Engine, uid: str, **fields: Any) -> None:
    Directory(database).create(operator(), TENANT, uid, AccountChanges(**fields))


def put(database: Engine, one: Measure) -> Measure:
    with database.begin() as connection:
        return kept(connection, one)


def audited(database: Engine) -> list[tuple[str, str]]:
    with database.connect() as connection:
        table = tables.audit
        query = select(table.c.operation, table.c.actor).where(table.c.operation.like("measures:%"))
        return [tuple(row) for row in connection.execute(query.order_by(table.c.number))]


def test_one_asks_another_approves_and_only_then_anything_is_ordered(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(ADA, wanted())
    assert (asked.state, asked.expires) == (State.REQUESTED, NOW + LAPSES)
    assert (asked.requested_by, asked.requested_name) == ("reviewer:ada", "Someone")
    with database.connect() as connection:
        (row,) = rows_of(connection, asked.id)
        assert (row.action, row.order.template) == (Action.TELL, "approve")
    done = desk(database).approve(BOB, asked.id, "seen the logs", asked.version)
    assert (done.state, done.decided_by, done.decision) == (
        State.EXECUTING,
        "reviewer:bob",
        "seen the logs",
    )
    with database.begin() as connection:
        assert len(rows_of(connection, asked.id, Action.DISABLE)) == 2
        answer_all(connection, asked.id)
        held = measures.get(connection, asked.id)
    assert held is not None
    assert (held.state, held.confirmed) == (State.IN_FORCE, NOW)
    going = desk(database).undo(ADA, asked.id, "a mistake")
    assert (going.state, going.undone_name) == (State.UNDOING, "Someone")
    assert audited(database) == [
        ("measures:request", "reviewer:ada"),
        ("measures:approve", "reviewer:bob"),
        ("measures:executed", "daemon:vigie"),
        ("measures:undo", "reviewer:ada"),
    ]


def test_nobody_approves_alone(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(BOB, wanted())
    with pytest.raises(MeasureError, match="second person"):
        desk(database).approve(BOB, asked.id)
    with pytest.raises(MeasureError, match="signed in"):
        desk(database).approve(operator(), asked.id)
    for actor in (ADA, VIEWER):
        with pytest.raises(NotAllowedError):
            desk(database).approve(actor, asked.id)
    with pytest.raises(NotFreshError):
        desk(database).approve(structs.replace(BOB, authenticated=1), asked.id)


def test_an_administrator_lowers_it_to_one(database: Engine) -> None:
    known_account(database)
    with database.begin() as connection:
        text = policies.text_of(Policy(approvals=0))
        policies.add(
            connection, 0, text, actor="operator:root", actor_name="root", reason="small", now=NOW
        )
    (done,) = desk(database).request(ADA, wanted())
    assert (done.state, done.decided_by) == (State.EXECUTING, "reviewer:ada")


def test_a_suspension_is_one_persons_and_has_its_end(database: Engine) -> None:
    known_account(database)
    (done,) = desk(database).request(ADA, wanted(Step.SUSPEND))
    assert (done.state, done.until) == (State.EXECUTING, NOW + 24 * HOUR)
    with pytest.raises(MeasureError, match="no end"):
        desk(database).request(ADA, wanted(Step.CHALLENGE, hours=3, aup="6", accounts=(ACCOUNT,)))


@pytest.mark.parametrize("actor", [VIEWER, person(Role.TENANT_CONTACT, tenant=TENANT)])
def test_who_decides_nothing_asks_for_nothing(database: Engine, actor: Actor) -> None:
    known_account(database)
    with pytest.raises(NotAllowedError):
        desk(database).request(actor, wanted())


def test_another_tenants_measures_are_not_there(database: Engine) -> None:
    known_account(database)
    one = put(database, measure(state=State.REQUESTED))
    service = desk(database)
    for ask in (
        lambda: service.one(FOREIGN, one.id),
        lambda: service.approve(FOREIGN, one.id),
        lambda: service.refuse(FOREIGN, one.id, "no"),
        lambda: service.undo(FOREIGN, one.id, "no"),
        lambda: service.again(FOREIGN, one.id),
        lambda: service.adopt(FOREIGN, one.id, "yes", "6"),
        lambda: service.request(FOREIGN, wanted()),
        lambda: service.preview(FOREIGN, TENANT, [ACCOUNT], Step.SUSPEND),
    ):
        with pytest.raises(NotThereError):
            ask()
    assert service.page(FOREIGN, Filter()).items == ()
    assert service.page(FOREIGN, Filter(tenant=TENANT)).items == ()
    with pytest.raises(NotThereError):
        service.one(ADA, 99)


def test_what_was_changed_since_it_was_seen_is_not_decided(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(ADA, wanted())
    with pytest.raises(StaleError):
        desk(database).refuse(BOB, asked.id, "no", asked.version + 1)
    gone = desk(database).refuse(BOB, asked.id, "a travelling salesman", asked.version)
    assert (gone.state, gone.decision) == (State.REFUSED, "a travelling salesman")
    with pytest.raises(MeasureError, match="refused"):
        desk(database).approve(BOB, asked.id)


def test_who_asked_takes_it_back(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(ADA, wanted())
    other = person(Role.ANALYST, authenticated=NOW, uid="ann")
    with pytest.raises(MeasureError, match="only whoever asked"):
        desk(database).withdraw(other, asked.id, "no")
    assert desk(database).withdraw(ADA, asked.id, "no").state is State.WITHDRAWN


def test_what_a_rule_proposes_is_made_ones_own_or_turned_down(database: Engine) -> None:
    known_account(database)
    service = desk(database)
    first = put(database, measure(Step.DEACTIVATE, State.PROPOSED, until=None))
    asked = service.adopt(ADA, first.id, "seen", "9", version=first.version)
    assert (asked.state, asked.requested_by) == (State.REQUESTED, "reviewer:ada")
    with pytest.raises(MeasureError, match="may refuse"):
        service.dismiss(ADA, first.id, "no")
    held = put(database, measure(Step.REVOKE, State.HELD, until=None))
    assert service.adopt(ADA, held.id, "seen", "6").state is State.EXECUTING
    third = put(database, measure(Step.SUSPEND, State.PROPOSED, until=None))
    assert service.dismiss(ADA, third.id, "an office").state is State.REFUSED


def test_the_same_is_not_asked_for_twice(database: Engine) -> None:
    known_account(database)
    desk(database).request(ADA, wanted())
    with pytest.raises(MeasureError, match="already"):
        desk(database).request(BOB, wanted())
    with pytest.raises(MeasureError, match="nothing is known"):
        desk(database).request(BOB, wanted(accounts=("u-99",)))


def test_several_accounts_are_looked_at_first_and_done_together(database: Engine) -> None:
    known_account(database)
    add_account(database, "u-18")
    both = ("u-17", "u-18")
    service = desk(database)
    with pytest.raises(StaleError, match="look at what it reaches"):
        service.request(ADA, wanted(accounts=both))
    told = service.preview(ADA, TENANT, both, Step.DEACTIVATE)
    with pytest.raises(StaleError):
        service.request(ADA, wanted(Step.SUSPEND, accounts=both, seen=told.seen))
    made = service.request(ADA, wanted(accounts=(*both, "u-17"), seen=told.seen))
    assert [one.account for one in made] == ["u-17", "u-18"]
    with pytest.raises(MeasureError, match="accounts of one tenant"):
        service.request(ADA, wanted(accounts=()))
    with pytest.raises(MeasureError, match="accounts of one tenant"):
        service.request(ADA, wanted(accounts=tuple(str(n) for n in range(51))))


def test_all_of_a_request_or_none(database: Engine) -> None:
    known_account(database)
    with pytest.raises(MeasureError):
        desk(database).request(ADA, wanted(accounts=("u-17", "u-99")))
    assert desk(database).page(ADA, Filter()).items == ()


def test_an_account_that_others_depend_on_is_looked_at_first(database: Engine) -> None:
    known_account(database, kind=AccountKind.BREAK_GLASS)
    with pytest.raises(StaleError):
        desk(database).request(ADA, wanted())
    told = desk(database).preview(ADA, TENANT, [ACCOUNT], Step.DEACTIVATE)
    assert desk(database).request(ADA, wanted(seen=told.seen))


def test_whom_the_law_keeps_from_it_is_not_acted_on(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(ADA, wanted())
    with database.begin() as connection:
        restrictions.restrict(connection, WHO, NOW, "ticket 4", "operator:root")
    with pytest.raises(MeasureError, match="restricted"):
        desk(database).approve(BOB, asked.id)
    with pytest.raises(MeasureError, match="restricted"):
        desk(database).request(ADA, wanted(Step.SUSPEND))
    assert desk(database).one(BOB, asked.id).is_restricted
    assert desk(database).refuse(BOB, asked.id, "restricted").state is State.REFUSED


def test_grounds_are_of_the_tenant(database: Engine) -> None:
    known_account(database)
    for told in ({"incident": b"x" * 16}, {"ticket": 7}):
        with pytest.raises(NotThereError):
            desk(database).request(ADA, wanted(**told))


def test_what_is_stuck_is_ordered_anew(database: Engine) -> None:
    stuck = put(database, measure(state=State.UNFINISHED, ordered=NOW, until=None))
    done = desk(database).again(ADA, stuck.id)
    assert (done.state, done.round, done.ordered) == (State.EXECUTING, 1, NOW)


def test_one_is_shown_with_all_that_belongs_to_it(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(ADA, wanted())
    with database.begin() as connection:
        other = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
    whole = desk(database).one(BOB, asked.id)
    assert whole.can == {"approve", "refuse"}
    assert [one.id for one in whole.others] == [other.id]
    assert whole.measure.reason == "shared"
    assert len(desk(database).one(BOB, other.id).orders) == 4
    with database.connect() as connection:
        looked = select(tables.audit.c.actor).where(tables.audit.c.operation == "person:look")
        assert connection.execute(looked).scalars().all() == ["reviewer:bob"] * 2


def test_whoever_decides_is_told_that_what_it_rests_on_was_withdrawn(database: Engine) -> None:
    found, told = incident(name="stands"), incident(name="withdrawn")
    Desk(database).put(found)
    Desk(database).put(told, withdrawn=True)
    for one, is_withdrawn in ((found.id, False), (told.id, True), (None, False)):
        asked = put(database, measure(incident=one))
        assert desk(database).one(BOB, asked.id).is_withdrawn is is_withdrawn


def test_who_may_not_look_at_people_sees_no_names(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(ADA, wanted())
    whole = desk(database).one(VIEWER, asked.id)
    assert ACCOUNT not in repr(whole)
    assert "shared" not in whole.measure.reason
    assert whole.can == frozenset()
    page = desk(database).page(VIEWER, Filter())
    assert page.items[0].account != ACCOUNT
    assert page.counts == {State.REQUESTED: 1}


def test_pages_go_on_where_they_ended(database: Engine) -> None:
    made = [put(database, measure(state=State.DONE)) for _ in range(3)]
    first = desk(database).page(ADA, Filter(), limit=2)
    rest = desk(database).page(ADA, Filter(), first.next, limit=2)
    assert [one.id for one in (*first.items, *rest.items)] == [one.id for one in reversed(made)]
    assert rest.next is None


def test_a_measure_that_is_undone_by_two_at_once_is_undone_once(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        answer_all(connection, one.id)
    desk(database).undo(ADA, one.id, "a mistake")
    with pytest.raises(MeasureError, match="being undone"):
        desk(database).undo(BOB, one.id, "a mistake")
    with database.connect() as connection:
        assert len(rows_of(connection, one.id, Action.ENABLE)) == 2
    assert execution.is_served(one, NOW) is False


def test_of_several_who_decide_at_once_one_does(database: Engine) -> None:
    known_account(database)
    (asked,) = desk(database).request(ADA, wanted())
    told: list[object] = []

    def decide(uid: str) -> None:
        actor = person(Role.APPROVER, authenticated=NOW, uid=uid)
        try:
            told.append(desk(database).approve(actor, asked.id).state)
        except MeasureError:
            told.append(None)

    threads = [Thread(target=decide, args=(f"r-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, told)) == ["None", "None", "None", "executing"]
    with database.connect() as connection:
        assert len(rows_of(connection, asked.id, Action.DISABLE)) == 2
        assert len(rows_of(connection, asked.id, Action.NOTIFY)) == 1
