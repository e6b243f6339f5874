"""A subscriber's sessions end one by one, all but one, and with the one that they came from; never
somebody else's."""

from msgspec import structs
from sqlalchemy import Engine

from detectors.core.identity import Subject, SubjectKind
from monitor.store import subscriber_sessions
from monitor.store.subscriber_sessions import SubscriberSessionRow

NOW = 1_000
MARIE = Subject(SubjectKind.ACCOUNT, "acme", "marie")
ELSEWHERE = Subject(SubjectKind.ACCOUNT, "other", "marie")


def row(name: str, subject: Subject = MARIE, session: str | None = None) -> SubscriberSessionRow:
    return SubscriberSessionRow(
        digest=name.encode().ljust(32, b"\0"),
        handle=name.encode().hex().ljust(32, "0"),
        subject_key=subject.key(),
        tenant=subject.tenant,
        account=subject.uid,
        way="hand_off",
        method=None,
        level=1,
        session=session,
        created=1,
        authenticated=None,
        last_seen=NOW,
        expires=2 * NOW,
        ip="192.0.2.1",
        user_agent="Firefox",
    )


def test_a_session_is_kept_changed_and_ended(database: Engine) -> None:
    one = row("one")
    with database.begin() as connection:
        subscriber_sessions.add(connection, one)
        assert subscriber_sessions.by_digest(connection, one.digest) == one
        assert subscriber_sessions.change(connection, one.digest, {"last_seen": 7})
        changed = structs.replace(one, last_seen=7)
        assert subscriber_sessions.by_digest(connection, one.digest) == changed
        assert subscriber_sessions.end(connection, one.digest)
        assert not subscriber_sessions.end(connection, one.digest)
        assert not subscriber_sessions.change(connection, one.digest, {"last_seen": 8})


def test_what_ends_of_a_subscriber_is_theirs_alone(database: Engine) -> None:
    rows = [row("a"), row("b"), row("c", session="s-1"), row("d", ELSEWHERE, "s-1")]
    with database.begin() as connection:
        for one in rows:
            subscriber_sessions.add(connection, one)
        assert subscriber_sessions.end_from(connection, MARIE, "s-1") == 1
        assert subscriber_sessions.end_all(connection, MARIE, but=row("b").digest) == 1
        left = [one.digest for one in subscriber_sessions.of(connection, MARIE, NOW)]
        assert left == [row("b").digest]
        assert len(subscriber_sessions.of(connection, ELSEWHERE, NOW)) == 1


def test_what_has_expired_is_not_listed_and_goes(database: Engine) -> None:
    with database.begin() as connection:
        subscriber_sessions.add(connection, row("a"))
        assert subscriber_sessions.of(connection, MARIE, 2 * NOW) == []
        assert subscriber_sessions.forget_expired(connection, 2 * NOW) == 1
