"""A tie to the provider is one on either side, and what is taken once is taken once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from monitor.store import oidc, sessions
from monitor.store.oidc import BoundRow, IdentityRow
from monitor.store.sessions import SessionRow

NOW = 1_000
HERE, THERE = "https://id.example.com", "https://other.example.com"


def session(name: str) -> SessionRow:
    digest = name.encode().ljust(32, b"\0")
    return SessionRow(
        digest, name, "reviewer", "r-1", "oidc", 1, 1, NOW, 2 * NOW, "192.0.2.1", "Firefox"
    )


def test_somebody_is_known_by_issuer_and_subject(database: Engine) -> None:
    with database.begin() as connection:
        oidc.link(connection, HERE, "Ada", "r-1", NOW)
        oidc.link(connection, THERE, "Ada", "r-2", NOW)
        assert oidc.identity(connection, HERE, "Ada") == IdentityRow(HERE, "Ada", "r-1", NOW, None)
        assert oidc.identity(connection, HERE, "ada") is None, "a subject's case counts"
        assert oidc.identity(connection, "https://x.example", "Ada") is None
        oidc.note_used(connection, HERE, "Ada", NOW + 1)
        found = oidc.identity_of(connection, HERE, "r-1")
        assert found is not None
        assert found.last_used == NOW + 1
        assert oidc.identity_of(connection, HERE, "r-2") is None


@pytest.mark.parametrize(("sub", "reviewer"), [("ada", "r-2"), ("eve", "r-1")])
def test_neither_side_has_two_ties(database: Engine, sub: str, reviewer: str) -> None:
    with database.begin() as connection:
        oidc.link(connection, HERE, "ada", "r-1", NOW)
    with pytest.raises(IntegrityError), database.begin() as connection:
        oidc.link(connection, HERE, sub, reviewer, NOW)


def test_a_tie_is_undone_at_one_provider_or_at_all(database: Engine) -> None:
    with database.begin() as connection:
        for issuer in (HERE, THERE):
            oidc.link(connection, issuer, "ada", "r-1", NOW)
        oidc.link(connection, HERE, "eve", "r-2", NOW)
        assert oidc.unlink(connection, "r-1", THERE) == 1
        assert oidc.unlink(connection, "r-1") == 1
        assert oidc.unlink(connection, "r-1") == 0
        assert oidc.identity(connection, HERE, "eve") is not None


def test_sessions_are_found_by_person_and_by_session_there(database: Engine) -> None:
    rows = [
        BoundRow("a", HERE, "ada", "s1", b"sealed"),
        BoundRow("b", HERE, "ada", "s2", None),
        BoundRow("c", HERE, "eve", "s3", None),
        BoundRow("d", THERE, "ada", "s1", None),
    ]
    with database.begin() as connection:
        for row in rows:
            oidc.bind(connection, row)

        def found(sub: str | None, sid: str | None) -> list[str]:
            return sorted(row.session for row in oidc.resting_on(connection, HERE, sub, sid))

        assert found("ada", None) == ["a", "b"]
        assert found(None, "s1") == ["a"]
        assert found("ada", "s2") == ["b"]
        assert found("ada", "s3") == []
        assert found(None, None) == []
        assert oidc.bound(connection, "a") == rows[0]
        oidc.bind(connection, BoundRow("a", HERE, "ada", "s9", None))
        again = oidc.bound(connection, "a")
        assert again is not None
        assert (again.sid, again.hint) == ("s9", None)


def test_what_ended_sessions_rested_on_is_forgotten(database: Engine) -> None:
    with database.begin() as connection:
        sessions.add(connection, session("open"))
        for name in ("open", "over"):
            oidc.bind(connection, BoundRow(name, HERE, "ada", None, b"x"))
        assert oidc.take_once(connection, b"1" * 32, NOW + 1, NOW)
        assert oidc.forget_ended(connection, NOW) == 1
        assert oidc.bound(connection, "open") is not None
        assert oidc.bound(connection, "over") is None
        assert not oidc.take_once(connection, b"1" * 32, NOW + 1, NOW)
        assert oidc.forget_ended(connection, NOW + 1) == 1


def test_what_was_taken_is_not_taken_again_until_it_has_expired(database: Engine) -> None:
    with database.begin() as connection:
        assert oidc.take_once(connection, b"1" * 32, NOW + 10, NOW)
        assert oidc.take_once(connection, b"2" * 32, NOW + 10, NOW)
        assert not oidc.take_once(connection, b"1" * 32, NOW + 10, NOW + 9)
        assert oidc.take_once(connection, b"1" * 32, NOW + 20, NOW + 10)


def test_of_many_at_once_one_takes_it(database: Engine) -> None:
    def take(_: int) -> bool:
        with database.begin() as connection:
            return oidc.take_once(connection, b"1" * 32, NOW + 10, NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
