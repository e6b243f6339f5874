"""A notice's key lets somebody contest one measure once; who decided it does not answer."""

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.ladder import Step
from alerts.measure import Measure, MeasureError, State
from monitor.services.actor import Role
from monitor.services.appeal_links import key_of
from monitor.services.appeals import LONGEST, Appeals, told_of
from monitor.services.carrying import carry_out
from monitor.services.measures import Measures
from monitor.store import measures, outbox, tables
from tests.monitor.services.measured import NOW, ROSTER, answer_all, kept, known_account, measure
from tests.monitor.services.people import person

PEPPER = b"pepper"
ADA = person(Role.ADMINISTRATOR, authenticated=NOW, uid="ada")
BOB = person(Role.APPROVER, authenticated=NOW, uid="bob")
SIGNED = {
    "requested_by": "reviewer:ada",
    "requested_name": "Ada",
    "decided_by": "reviewer:eve",
    "decided_name": "Eve",
    "decided": NOW - 5,
    "reason": "used by three people",
}


def desk(database: Engine) -> Appeals:
    return Appeals(database, PEPPER, ROSTER, lambda: NOW)


def key(number: int, expires: int = NOW + 10) -> str:
    return key_of(PEPPER, number, expires)


def locked(database: Engine) -> Measure:
    """A deactivation that is in force."""
    known_account(database)
    with database.begin() as connection:
        one = kept(connection, measure(Step.DEACTIVATE, until=None, **SIGNED))
        one = carry_out(connection, one, ROSTER, NOW)
        answer_all(connection, one.id)
        found = measures.get(connection, one.id)
    assert found is not None
    return found


def templates(database: Engine, number: int) -> list[str]:
    with database.connect() as connection:
        return [row.order.template for row in outbox.of_measure(connection, number)]


def test_what_was_decided_is_read_without_a_name(database: Engine) -> None:
    one = locked(database)
    told = desk(database).read(key(one.id))
    assert told is not None
    assert (told.step, told.reason, told.decided) == (Step.DEACTIVATE, SIGNED["reason"], NOW - 5)
    assert (told.is_automatic, told.is_over, told.ticket) == (False, False, None)
    assert not {"Ada", "Eve"} & set(repr(told).split("'"))


def test_it_is_contested_once(database: Engine) -> None:
    one = locked(database)
    number = desk(database).send(key(one.id), "It was me,\r\non two machines.", "fr")
    assert number is not None
    assert desk(database).send(key(one.id), "again", "fr") == number
    # Another key of the same measure is the same appeal.
    assert desk(database).send(key(one.id, NOW + 99), "again", "fr") == number
    with database.connect() as connection:
        (ticket,) = connection.execute(select(tables.tickets)).all()
        (comment,) = connection.execute(select(tables.ticket_comments)).all()
        (link,) = connection.execute(select(tables.appeal_links)).all()
        told = measures.get(connection, one.id)
    assert (ticket.kind, ticket.id, comment.text) == (
        "appeal",
        number,
        "It was me,\non two machines.",
    )
    assert (link.measure_id, link.language, link.used) == (one.id, "fr", NOW)
    assert told is not None
    assert (told.appeal, told.appealed, told.state) == (number, NOW, State.IN_FORCE)
    assert {"appeal", "appeal_received"} <= set(templates(database, one.id))
    shown = desk(database).read(key(one.id))
    assert shown is not None
    assert shown.ticket == number


@pytest.mark.parametrize("state", [State.REQUESTED, State.SHADOW, State.REFUSED])
def test_what_was_never_done_is_not_contested(database: Engine, state: State) -> None:
    with database.begin() as connection:
        one = kept(connection, measure(state=state))
    assert desk(database).read(key(one.id)) is None
    assert desk(database).send(key(one.id), "why?", "en") is None


@pytest.mark.parametrize("given", ["", "x" * 40, key(99), key(1, NOW)])
def test_no_other_key_opens_anything(database: Engine, given: str) -> None:
    locked(database)
    assert desk(database).read(given) is None
    assert desk(database).send(given, "why?", "en") is None


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST + 1), "\0"])
def test_somebody_who_contests_says_something(text: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        told_of(text)


def test_another_person_answers_and_takes_it_back_where_they_are_right(database: Engine) -> None:
    one = locked(database)
    service = Measures(database, ROSTER, lambda: NOW)
    with pytest.raises(MeasureError, match="nobody contests"):
        service.answer(BOB, one.id, "no", upheld=False)
    desk(database).send(key(one.id), "It was me.", "en")
    assert "answer" in service.one(BOB, one.id).can
    assert "answer" not in service.one(ADA, one.id).can
    with pytest.raises(MeasureError, match="another person"):
        service.answer(ADA, one.id, "no", upheld=False)
    done = service.answer(BOB, one.id, "You are right.", upheld=True)
    assert (done.state, done.upheld, done.undo_reason) == (State.UNDOING, True, "You are right.")
    assert templates(database, one.id).count("appeal_answered") == 1
    with pytest.raises(MeasureError, match="were answered"):
        service.answer(BOB, one.id, "again", upheld=False)


def test_who_is_not_right_is_answered_and_nothing_changes(database: Engine) -> None:
    one = locked(database)
    desk(database).send(key(one.id), "It was me.", "en")
    service = Measures(database, ROSTER, lambda: NOW)
    done = service.answer(BOB, one.id, "Three people signed on at once.", upheld=False)
    assert (done.state, done.upheld, done.answered_by) == (
        State.IN_FORCE,
        False,
        "reviewer:bob",
    )
    with database.connect() as connection:
        table = tables.audit
        query = select(table.c.operation, table.c.actor).order_by(table.c.number)
        last = [tuple(row) for row in connection.execute(query)][-2:]
    assert last == [("measures:appealed", "daemon:appeal"), ("measures:approve", "reviewer:bob")]


def test_a_measure_by_a_rule_says_so(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
    told = desk(database).read(key(one.id))
    assert told is not None
    assert told.is_automatic
    over = structs.replace(one, state=State.UNDONE)
    with database.begin() as connection:
        measures.put(connection, one, over, NOW)
    told = desk(database).read(key(one.id))
    assert told is not None
    assert told.is_over
