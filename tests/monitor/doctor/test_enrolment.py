"""A policy that asks people for a factor of which nobody tells them is found before they stand
before a closed gate."""

from pathlib import Path

import pytest
from msgspec import structs

from alerts.policy import Mode
from monitor.doctor.enrolment import look
from monitor.settings import Database, Settings, Web
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.responding.timers.test_enrolments import MAIL
from tests.monitor.services.enrolled import required


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    placed(tmp_path / "vigie.db")
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    return Settings(
        data=tmp_path,
        database=Database(url=url),
        responders={"mail": MAIL},
        web=Web(public_url="https://vigie.example"),
    )


def asks(settings: Settings, mode: Mode = Mode.ACT) -> None:
    database = connect(settings.database_url)
    required(database, mode=mode)
    database.dispose()


def test_nothing_is_said_where_nobody_is_asked(settings: Settings, tmp_path: Path) -> None:
    assert list(look(settings)) == []
    assert list(look(Settings(data=tmp_path / "nowhere"))) == []


def test_people_who_are_asked_are_told(settings: Settings) -> None:
    asks(settings)
    (check,) = look(settings)
    assert (check.good, check.noted) == (True, False)
    (silent,) = look(structs.replace(settings, responders={}))
    assert (silent.good, "nobody tells" in silent.seen) == (False, True)
    (linkless,) = look(structs.replace(settings, web=Web()))
    assert "public_url" in linkless.remedy


def test_in_shadow_mode_it_is_only_known(settings: Settings) -> None:
    asks(settings, Mode.SHADOW)
    (check,) = look(settings)
    assert (check.good, check.noted) == (True, True)
