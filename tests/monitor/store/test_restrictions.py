"""Restrictions and objections as rows."""

from sqlalchemy import Engine as Database

from detectors.core.identity import Subject, SubjectKind
from monitor.store import restrictions

ZOE = Subject(SubjectKind.ACCOUNT, "t", "zoe")
BOB = Subject(SubjectKind.ACCOUNT, "u", "bob")


def test_a_restriction_holds_until_it_is_released(database: Database) -> None:
    with database.begin() as connection:
        one = restrictions.restrict(connection, ZOE, 5, "#1", "operator:x")
        restrictions.restrict(connection, BOB, 6, "#2", "operator:x")
        assert restrictions.standing(connection) == {("t", "zoe"), ("u", "bob")}
        assert restrictions.hidden(connection) == {ZOE.key(), BOB.key()}
        assert [r.account for r in restrictions.restrictions(connection)] == ["bob", "zoe"]
        assert [r.account for r in restrictions.restrictions(connection, "t")] == ["zoe"]
        assert restrictions.release(connection, one, 9, "settled", "operator:y")
        assert not restrictions.release(connection, one, 10, "again", "operator:y")
        assert restrictions.standing(connection) == {("u", "bob")}
        [told] = restrictions.restrictions_of(connection, ZOE)
        assert told == restrictions.restriction(connection, one)
        assert (told.until, told.released_by, told.released_for) == (9, "operator:y", "settled")
        assert len(restrictions.restrictions(connection, over=True)) == 2


def test_an_objection_is_decided_once(database: Database) -> None:
    with database.begin() as connection:
        one = restrictions.object_to(connection, ZOE, 5, "I work nights", "operator:x")
        [told] = restrictions.objections(connection, "t")
        assert told.decided is None
        assert restrictions.objections(connection, "u") == []
        done = {"upheld": False, "decision": "security prevails", "actor": "operator:y"}
        assert restrictions.decide(connection, one, 9, **done)
        assert not restrictions.decide(connection, one, 10, **done)
        [after] = restrictions.objections_of(connection, ZOE)
        assert (after.decided, after.upheld, after.decided_by) == (9, False, "operator:y")
        assert restrictions.objection(connection, one) == after
        assert restrictions.objection(connection, one + 1) is None
        assert restrictions.restriction(connection, 1) is None
