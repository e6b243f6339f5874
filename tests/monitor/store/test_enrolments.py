"""A link opens in one browser and serves once, however many try; days end once for each account."""

import threading

from msgspec import structs
from sqlalchemy import Engine

from monitor.store import enrolments
from monitor.store.enrolments import GraceRow, LinkRow
from tests.monitor.services.enrolled import ANN, NOW

HANDLE = "ab" * 16
LINK = LinkRow(
    digest=b"d" * 32,
    handle=HANDLE,
    purpose="enrol",
    subject_key=ANN.key,
    tenant=ANN.tenant,
    account=ANN.account,
    issuer="reviewer:ada",
    language="fr",
    created=NOW,
    not_before=NOW,
    expires=NOW + 100,
)
DAYS = GraceRow(
    tenant=ANN.tenant, account=ANN.account, subject_key=ANN.key, since=NOW, until=NOW + 50
)


def kept(database: Engine, row: LinkRow = LINK) -> None:
    with database.begin() as connection:
        enrolments.add(connection, row)


def opened(database: Engine, client: bytes, now: int = NOW, purpose: str = "enrol") -> bool:
    with database.begin() as connection:
        return enrolments.open_in(connection, HANDLE, purpose, client, now, now + 10) is not None


def test_a_link_is_of_the_browser_that_opens_it_first(database: Engine) -> None:
    kept(database)
    assert not opened(database, b"a" * 32, NOW - 1)
    assert not opened(database, b"a" * 32, NOW + 100)
    assert not opened(database, b"a" * 32, purpose="recover")
    assert opened(database, b"a" * 32)
    assert not opened(database, b"b" * 32)
    with database.begin() as connection:
        assert enrolments.by_client(connection, b"b" * 32) is None
        found = enrolments.by_client(connection, b"a" * 32)
    assert found is not None
    assert (found.opened, found.expires, found.used) == (NOW, NOW + 10, None)


def test_of_many_that_come_at_once_one_is_served(database: Engine) -> None:
    kept(database)
    assert opened(database, b"a" * 32)
    served: list[bool] = []

    def serve() -> None:
        with database.begin() as connection:
            served.append(enrolments.claim(connection, HANDLE, NOW + 1))

    threads = [threading.Thread(target=serve) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(served) == [False] * 7 + [True]


def test_what_was_not_set_up_is_given_back(database: Engine) -> None:
    kept(database)
    with database.begin() as connection:
        assert enrolments.claim(connection, HANDLE, NOW + 1)
        enrolments.give_back(connection, HANDLE, NOW + 2)
        assert not enrolments.claim(connection, HANDLE, NOW + 2)
        enrolments.give_back(connection, HANDLE, NOW + 1)
        assert enrolments.claim(connection, HANDLE, NOW + 2)


def test_an_ended_link_opens_nothing(database: Engine) -> None:
    kept(database)
    with database.begin() as connection:
        assert enrolments.end_all(connection, ANN.key, NOW, "recover") == 0
        assert enrolments.end(connection, HANDLE, NOW)
        assert not enrolments.end(connection, HANDLE, NOW)
    assert not opened(database, b"a" * 32)
    with database.begin() as connection:
        (row,) = enrolments.of_account(connection, ANN.tenant, ANN.account)
        assert row.expires == NOW
        assert enrolments.of_account(connection, "other", ANN.account) == []
        assert enrolments.forget(connection, NOW, NOW) == 0
        assert enrolments.forget(connection, NOW + 1, NOW) == 1


def test_that_one_served_is_known_for_long(database: Engine) -> None:
    kept(database)
    with database.begin() as connection:
        assert not enrolments.was_served(connection, ANN.tenant, ANN.account)
        enrolments.claim(connection, HANDLE, NOW + 1)
        assert enrolments.was_served(connection, ANN.tenant, ANN.account)
        assert not enrolments.was_served(connection, "other", ANN.account)
        assert enrolments.forget(connection, NOW + 500, NOW + 1) == 0
        assert enrolments.forget(connection, 0, NOW + 2) == 1


def test_days_begin_once_and_are_met_when_due(database: Engine) -> None:
    other = structs.replace(DAYS, account="u-2", subject_key=2, until=NOW + 500)
    with database.begin() as connection:
        assert enrolments.begin_grace(connection, DAYS)
        assert not enrolments.begin_grace(connection, structs.replace(DAYS, until=NOW + 900))
        assert enrolments.begin_grace(connection, other)
        found = enrolments.to_remind(connection, NOW + 10, 100, set(), 9)
        assert found == [DAYS]
        assert enrolments.to_remind(connection, NOW + 10, 100, {ANN.key}, 9) == []
        enrolments.note_reminded(connection, DAYS, NOW + 10)
        assert enrolments.to_remind(connection, NOW + 11, 100, set(), 9) == []
        assert enrolments.to_demand(connection, NOW + 49, "challenge", set(), 9) == []
        (due,) = enrolments.to_demand(connection, NOW + 50, "challenge", set(), 9)
        assert due.account == ANN.account
        assert enrolments.of_others(connection, {ANN.tenant}, 9) == []
        assert len(enrolments.of_others(connection, set(), 9)) == 2
        assert enrolments.end_grace(connection, ANN.tenant, ANN.account)
        assert enrolments.grace(connection, ANN.tenant, ANN.account) is None
        assert enrolments.grace(connection, ANN.tenant, "u-2") == other
