"""The daemon follows a realm as often as it is told, and what fails is tried again."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs

from monitor import following
from monitor.directory.account import Account, State, account_id
from monitor.directory.importing import Missing, Outcome
from monitor.directory.keycloak import RealmTerms
from monitor.following import Following, follow
from monitor.store.connection import connect
from monitor.store.directory import DirectoryTable
from tests.databases import Databases
from tests.monitor.sources.idp import CLIENT, SECRET, Idp, running

PATIENCE_S = 240.0


@pytest.fixture
def idp() -> Iterator[Idp]:
    made = Idp()
    made.roles = {"view-users"}
    with running(made):
        yield made


def terms(idp: Idp, **more: Any) -> RealmTerms:
    given = {"tenant": "acme", "client_id": CLIENT, "client_secret": SECRET, **more}
    return RealmTerms(url=idp.url, page=3, **given)


def account(url: str, uid: str) -> Account | None:
    engine = connect(url)
    try:
        with engine.begin() as connection:
            found = DirectoryTable(connection).account(account_id("acme", uid))
    finally:
        engine.dispose()
    return None if found is None else found.account


def test_a_realm_is_read_and_who_is_gone_is_offboarded(databases: Databases, idp: Idp) -> None:
    url = databases.url()
    engine = databases.connect(url)
    ids = [idp.enrol(f"u{number}") for number in range(5)]
    idp.below[ids[0]] = {"credentials": [{"type": "password"}, {"type": "otp"}]}
    told = terms(idp, missing=Missing.OFFBOARD)
    first = follow(engine, "main", told, lambda _s: None, lambda: False)
    assert (first.users, first.is_whole) == (5, True)
    assert first.outcomes == {Outcome.ADDED: 5}
    known = account(url, ids[0])
    assert known is not None
    assert known.mfa_methods == ("otp",)
    idp.users = idp.users[:4]
    second = follow(engine, "main", told, lambda _s: None, lambda: False)
    assert second.outcomes == {Outcome.UNCHANGED: 4, Outcome.MISSING: 1}
    gone = account(url, ids[4])
    assert gone is not None
    assert gone.state is State.OFFBOARDED


def test_nobody_is_gone_from_a_list_that_was_not_read_whole(databases: Databases, idp: Idp) -> None:
    engine = databases.new()
    for number in range(5):
        idp.enrol(f"u{number}")
    told = terms(idp, missing=Missing.OFFBOARD)
    follow(engine, "main", told, lambda _s: None, lambda: False)
    idp.users = [*idp.users[:3], {**idp.users[3], "enabled": "perhaps"}]
    second = follow(engine, "main", told, lambda _s: None, lambda: False)
    assert not second.is_whole
    assert Outcome.MISSING not in second.outcomes


def test_it_is_read_when_it_is_due_and_again_when_it_failed(
    databases: Databases,
    idp: Idp,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("LOOK_EVERY_S", "FIRST_S", "AGAIN_S"):
        monkeypatch.setattr(following, name, 0.01)
    read = threading.Event()

    def noted(*given: Any) -> Any:
        try:
            return follow(*given)
        finally:
            rounds.append(given[1])
            if len(rounds) >= 2:
                read.set()

    rounds: list[str] = []
    monkeypatch.setattr(following, "follow", noted)
    url = databases.url()
    uid = idp.enrol("ann")
    idp.roles = set()
    realms = {"main": terms(idp, every_minutes=600), "by-hand": terms(idp)}
    with caplog.at_level(logging.INFO), Following(lambda: realms, url):
        assert read.wait(PATIENCE_S)
        idp.roles = {"view-users"}
        read.clear()
        rounds.clear()
        realms["main"] = structs.replace(realms["main"], every_minutes=0.001)
        assert read.wait(PATIENCE_S)
    assert set(rounds) == {"main"}
    assert "give it the role `view-users`" in caplog.text
    assert SECRET not in caplog.text
    assert account(url, uid) is not None
