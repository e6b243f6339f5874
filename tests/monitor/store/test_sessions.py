"""Sessions end when they are ended, one or all; a link is given out once."""

from concurrent.futures import ThreadPoolExecutor

from msgspec import structs
from sqlalchemy import Engine

from monitor.store import sessions, sign_in_limits
from monitor.store.sessions import InvitationRow, SessionRow
from tests.databases import Databases

NOW = 1_000


def row(name: str, reviewer: str | None = "me") -> SessionRow:
    digest = name.encode().ljust(32, b"\0")
    return SessionRow(
        digest, name, "reviewer", reviewer, "password", 1, 1, NOW, 2 * NOW, "192.0.2.1", "Firefox"
    )


def test_a_session_is_kept_changed_and_ended(database: Engine) -> None:
    one = row("one")
    with database.begin() as connection:
        sessions.add(connection, one)
        assert sessions.by_digest(connection, one.digest) == one
        assert sessions.change(connection, one.digest, {"last_seen": 7, "draft": b"x"})
        changed = structs.replace(one, last_seen=7, draft=b"x")
        assert sessions.by_digest(connection, one.digest) == changed
        assert sessions.end(connection, one.digest)
        assert not sessions.end(connection, one.digest)
        assert not sessions.change(connection, one.digest, {"last_seen": 8})
        assert sessions.by_digest(connection, one.digest) is None


def test_only_ones_own_open_sessions_are_listed(database: Engine) -> None:
    ended = structs.replace(row("ended"), expires=NOW)
    idle = structs.replace(row("idle"), last_seen=1)
    setting_up = structs.replace(row("setting up"), purpose="password")
    with database.begin() as connection:
        for one in (row("a"), row("b", "other"), row("c", None), ended, idle, setting_up):
            sessions.add(connection, one)
        found = [one.uid for one in sessions.of(connection, "me", 500, NOW)]
        assert found == ["a"]


def test_one_ends_by_its_name_all_end_but_the_own(database: Engine) -> None:
    with database.begin() as connection:
        for one in (row("a"), row("b"), row("c"), row("d", "other")):
            sessions.add(connection, one)
        assert not sessions.end_named(connection, "me", "d")
        assert sessions.end_named(connection, "me", "a")
        assert sessions.end_all(connection, "me", but=row("b").digest) == 1
        assert [one.uid for one in sessions.of(connection, "me", 0, NOW)] == ["b"]
        assert sessions.end_all(connection, "me") == 1
        assert sessions.by_digest(connection, row("d").digest) is not None


def test_a_link_is_good_once_until_it_expires_and_the_last_one_counts(database: Engine) -> None:
    invited = InvitationRow("invitation", "me", 1, NOW)
    with database.begin() as connection:
        sessions.invite(connection, b"a" * 32, invited)
        sessions.invite(connection, b"b" * 32, invited)
        assert sessions.redeem(connection, b"a" * 32, 2) is None
        assert sessions.invited(connection, "me", 2) == invited
        assert sessions.redeem(connection, b"b" * 32, NOW) is None
        assert sessions.redeem(connection, b"b" * 32, 2) == invited
        assert sessions.redeem(connection, b"b" * 32, 2) is None
        assert sessions.invited(connection, "me", 2) is None


def test_of_many_at_once_one_is_given_the_link(databases: Databases) -> None:
    url = databases.url()
    engines = [databases.connect(url) for _ in range(4)]
    with engines[0].begin() as connection:
        sessions.invite(connection, b"a" * 32, InvitationRow("invitation", "me", 1, NOW))

    def redeem(number: int) -> bool:
        with engines[number % 4].begin() as connection:
            return sessions.redeem(connection, b"a" * 32, 2) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(redeem, range(16))) == 1


def test_what_has_expired_is_forgotten(database: Engine) -> None:
    with database.begin() as connection:
        sessions.add(connection, row("a"))
        sessions.invite(connection, b"a" * 32, InvitationRow("invitation", "me", 1, NOW))
        sign_in_limits.take(connection, b"d" * 32, 10, 100, NOW)
        assert sessions.forget_expired(connection, NOW - 1) == 0
        assert sessions.forget_expired(connection, NOW) == 1
        assert sessions.forget_expired(connection, 2 * NOW) == 2
