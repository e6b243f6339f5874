"""Whom a report means: one account, by whatever people call it, or nobody."""

import pytest
from sqlalchemy import Engine, event

from detectors.core.identity import Subject, SubjectKind
from detectors.core.registry import load
from monitor.directory.account import AccountChanges
from monitor.engine import Engine as Core
from monitor.engine import Intake
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.services.meant import meant, tenants_of
from tests.detectors.story import CHROME, LYON, Story


def account(tenant: str, uid: str) -> Subject:
    return Subject(SubjectKind.ACCOUNT, tenant, uid)


@pytest.fixture
def known(database: Engine) -> Engine:
    """Two tenants: one has Zoë in its directory, both an account `shared`."""
    directory = Directory(database)
    directory.create(
        operator(),
        "atlas",
        "u-7",
        AccountChanges(aliases=("Zoë.Martin",), email="zoe@atlas.example"),
    )
    for tenant in ("atlas", "bolt"):
        directory.create(operator(), tenant, "shared", AccountChanges())
    return database


def found(database: Engine, name: str, organisation: str = "") -> Subject | None:
    with database.begin() as connection:
        return meant(connection, tenants_of(connection), name, organisation)


def test_an_account_goes_by_its_id_and_its_names(known: Engine) -> None:
    zoe = account("atlas", "u-7")
    assert found(known, " u-7 ") == zoe
    assert found(known, "ZOË.martin") == zoe
    assert found(known, "Zoe@Atlas.example") == zoe
    assert found(known, "zoë.martin", "Atlas") == zoe
    assert found(known, "zoë.martin", "bolt") is None


def test_of_several_nobody_is_meant_unless_it_is_said_where(known: Engine) -> None:
    assert found(known, "shared") is None
    assert found(known, "shared", "bolt") == account("bolt", "shared")


@pytest.mark.parametrize("name", ["", "  ", "%", "u-", "nobody", "u-7' OR 1=1 --", "\n"])
def test_nobody_is_meant_by_what_is_no_name(known: Engine, name: str) -> None:
    assert found(known, name) is None
    assert found(known, name, "nowhere") is None


def test_what_only_the_logs_know_is_found_too(database: Engine) -> None:
    core = Core(database, load(), lambda event: event)
    core.process([Intake("s", "f", "x", None, Story("log-1").work([0], LYON, CHROME).sorted())])
    core.stop()
    assert found(database, "log-1", "acme") == account("acme", "log-1")
    with database.begin() as connection:
        assert tenants_of(connection) == []
    assert found(database, "log-2", "acme") is None


def test_the_same_is_asked_whether_there_is_somebody_or_not(known: Engine) -> None:
    """Who measures an answer learns nothing."""
    asked: list[str] = []
    event.listen(known, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with known.begin() as connection:
        meant(connection, ["atlas"], "u-7")
        once = list(asked)
        asked.clear()
        meant(connection, ["atlas"], "u-8")
    assert asked == once[-3:]
    assert all(one.startswith("SELECT") for one in asked)
