"""Settings that would break passkeys are told before anybody stands there with one."""

from pathlib import Path

import pytest
from msgspec import structs

from monitor.doctor.check import Check
from monitor.doctor.passkeys import look
from monitor.sealing_keys import FILE, SealingKeys
from monitor.services.keyring import Keyring
from monitor.services.rotation import Rotation
from monitor.settings import Database, Settings, Web
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from tests.monitor.services.factored import Holder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    web = Web(public_url="https://example.com")
    return Settings(data=tmp_path, database=Database(url=url), web=web)


def seen(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in look(settings)}


def test_before_there_is_a_database_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert list(look(Settings(data=tmp_path))) == []


def test_what_the_first_will_be_bound_to_is_said_before_it(settings: Settings) -> None:
    check = seen(settings)["passkeys"]
    assert (check.good, check.noted) == (True, True)
    assert "bound to example.com" in check.seen
    plain = structs.replace(settings, web=Web(public_url="http://example.com"))
    assert "cannot be used" in seen(plain)["passkeys"].seen


def test_settings_that_would_break_them_are_not_good(settings: Settings) -> None:
    database = connect(settings.database_url)
    Holder(database).passkey()
    database.dispose()
    assert seen(settings)["passkeys"].good
    other = structs.replace(settings, web=Web(public_url="https://other.test"))
    check = seen(other)["passkeys"]
    assert not check.good
    assert "1 passkeys of 1 accounts" in check.seen


def test_a_sealing_key_that_is_gone_is_told(settings: Settings) -> None:
    assert seen(settings)["sealing keys"].seen == "the instance's own"
    database = connect(settings.database_url)
    keys = SealingKeys(None, settings.data / FILE)
    Rotation(database, Keyring(b"p", keys)).run()
    database.dispose()
    assert seen(settings)["sealing keys"].good
    keys.put([])
    assert not seen(settings)["sealing keys"].good
    (settings.data / FILE).write_text("nonsense")
    assert "expected keys" in seen(settings)["sealing keys"].seen
