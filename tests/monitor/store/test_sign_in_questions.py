"""What applications asked is stored once however often it is asked, and found by its account."""

from msgspec import structs
from sqlalchemy import Engine

from detectors.core.identity import Subject, SubjectKind
from monitor.store import sign_in_questions
from monitor.store.sign_in_questions import QuestionRow

NOW = 1_790_000_000_000
KEY = Subject(SubjectKind.ACCOUNT, "acme", "u-1").key()


def question(number: int = 1, **changes: object) -> QuestionRow:
    """One that was asked."""
    told = QuestionRow(
        handle=f"{number:032x}",
        asker="key:1",
        question=f"q-{number}",
        subject_key=KEY,
        tenant="acme",
        account="u-1",
        session=None,
        ip="192.0.2.1",
        time=NOW + number,
        event_id=bytes(15) + bytes([number]),
        verdict="allow",
        risk=0.25,
        created=NOW + number,
        body=b"told",
    )
    return structs.replace(told, **changes)


def test_the_same_question_of_the_same_asker_is_stored_once(database: Engine) -> None:
    first, second = question(), question(2, question="q-1", verdict="deny")
    other = question(3, question="q-1", asker="key:2")
    with database.begin() as connection:
        assert sign_in_questions.add(connection, [first, second, other]) == {
            first.handle,
            other.handle,
        }
        assert sign_in_questions.add(connection, [first]) == set()
        assert sign_in_questions.by_question(connection, "key:1", "q-1") == first
        assert sign_in_questions.by_handle(connection, second.handle) is None


def test_what_no_record_met_is_found_by_account_and_time(database: Engine) -> None:
    rows = [question(n) for n in (1, 2, 3)] + [question(4, subject_key=5, account="u-5")]
    with database.begin() as connection:
        sign_in_questions.add(connection, rows)
        met = [(rows[1].event_id, b"record", KEY, "failure")]
        sign_in_questions.meet(connection, met)
        sign_in_questions.meet(connection, [])
        found = sign_in_questions.unmet(connection, {KEY}, NOW, NOW + 2)
        assert [one.handle for one in found] == [rows[0].handle]
        assert sign_in_questions.unmet(connection, set(), NOW, NOW + 9) == []
        row = sign_in_questions.by_handle(connection, rows[1].handle)
    assert row is not None
    assert (row.met_by, row.outcome) == (b"record", "failure")


def test_how_it_ended_is_noted_once(database: Engine) -> None:
    with database.begin() as connection:
        sign_in_questions.add(connection, [question()])
        assert sign_in_questions.end(connection, question().handle, "success")
        assert not sign_in_questions.end(connection, question().handle, "failure")
        assert not sign_in_questions.end(connection, "0" * 32, "failure")


def test_a_question_about_a_name_follows_it(database: Engine) -> None:
    with database.begin() as connection:
        sign_in_questions.add(connection, [question(), question(2, tenant="other")])
        sign_in_questions.rename(connection, "acme", (KEY, "u-1"), (7, "u-7"))
        rows = [sign_in_questions.by_handle(connection, question(n).handle) for n in (1, 2)]
    assert [row and (row.subject_key, row.account) for row in rows] == [(7, "u-7"), (KEY, "u-1")]


def test_old_ones_are_forgotten_some_at_a_time(database: Engine) -> None:
    with database.begin() as connection:
        assert sign_in_questions.span(connection) is None
        sign_in_questions.add(connection, [question(n) for n in (1, 2, 3)])
        assert sign_in_questions.span(connection) == (NOW + 1, NOW + 3)
        assert sign_in_questions.old(connection, NOW + 3) == 2
        assert sign_in_questions.forget(connection, NOW + 3, 1) == 1
        assert sign_in_questions.forget(connection, NOW + 3, 9) == 1
        assert sign_in_questions.span(connection) == (NOW + 3, NOW + 3)
