"""What was asked holds addresses: it goes when events lose theirs."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.sign_in_questions import SignInQuestions
from monitor.store import sign_in_questions
from tests.monitor.retention.working import LIMITS, run
from tests.monitor.store.test_sign_in_questions import question


def test_what_was_asked_long_ago_goes(database: Database) -> None:
    rows = [question(1, created=LIMITS.folded - 1), question(2, created=LIMITS.folded)]
    with database.begin() as connection:
        sign_in_questions.add(connection, rows)
        due = SignInQuestions().due(connection, LIMITS)
    assert (due.kept, due.due) == (2, 1)
    assert run(SignInQuestions(), database) == 1
    with database.begin() as connection:
        assert sign_in_questions.by_handle(connection, rows[0].handle) is None
        assert sign_in_questions.by_handle(connection, rows[1].handle) is not None
