"""The instance's key is made once, for its owner, and holds a database to itself."""

import base64
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from monitor import instance
from monitor.instance import KEY_FILE, InstanceKey, InstanceKeyError
from monitor.store import factors, tables
from monitor.store.connection import connect
from monitor.store.factors import Owner
from monitor.store.migration import upgrade

RAW = bytes(range(32))


def test_it_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first, made = instance.opened(None, data)
    assert made == data / KEY_FILE
    assert made.stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700
    second, again = instance.opened(None, data)
    assert again is None
    assert first.fingerprint == second.fingerprint
    assert [path.name for path in data.iterdir()] == [KEY_FILE]


def test_of_many_that_start_at_once_all_have_the_same(tmp_path: Path) -> None:
    found: list[tuple[str, bool]] = []

    def start() -> None:
        key, made = instance.opened(None, tmp_path)
        found.append((key.fingerprint, made is not None))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({fingerprint for fingerprint, _ in found}) == 1
    assert sum(made for _, made in found) <= 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("form", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_given_key_is_read_and_nothing_is_written(form: object, tmp_path: Path) -> None:
    assert callable(form)
    text = form(b"\xff\xfe" + RAW[2:]).decode().rstrip("=")
    key, made = instance.opened(f" {text}\n", tmp_path)
    assert made is None
    assert key.fingerprint == InstanceKey(b"\xff\xfe" + RAW[2:]).fingerprint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "abc", "?" * 43, base64.b64encode(RAW + b"x").decode(), "é"])
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(InstanceKeyError, match="32 bytes in base64") as refused:
        instance.read(text)
    assert len(text) < 4 or text not in str(refused.value)


def test_a_damaged_file_is_told_by_its_path_and_left(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"\xffnonsense")
    with pytest.raises(InstanceKeyError, match=KEY_FILE):
        instance.opened(None, tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == b"\xffnonsense"


def test_purposes_have_secrets_of_their_own() -> None:
    key = InstanceKey(RAW)
    assert key.derive("api") == InstanceKey(RAW).derive("api")
    assert (
        len({key.derive("api"), key.derive("console"), InstanceKey(bytes(32)).derive("api")}) == 3
    )
    assert len(key.derive("api")) == 32


def test_a_database_keeps_to_its_key_until_it_is_reset(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    mine, other = InstanceKey(RAW), InstanceKey(bytes(32))
    instance.adopt(database, mine)
    instance.adopt(database, mine)
    with database.begin() as connection:
        values = {"digest": RAW, "kind": "session", "expires": 1}
        connection.execute(insert(tables.console_keys).values(values))
        factors.replace(connection, Owner("reviewer", "a"), "totp", [b"sealed by the key"], 1)
    with pytest.raises(InstanceKeyError, match=r"vigie secrets reset") as refused:
        instance.adopt(database, other)
    assert mine.fingerprint in str(refused.value)
    assert other.fingerprint in str(refused.value)
    instance.reset(database, other)
    instance.adopt(database, other)
    with database.begin() as connection:
        assert connection.execute(select(tables.console_keys)).all() == []
        assert factors.of(connection, Owner("reviewer", "a")) == []
    database.dispose()


def test_a_file_that_is_no_text_is_told_as_no_key(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"\xc0\xff" * 16)
    with pytest.raises(InstanceKeyError, match="32 bytes in base64") as refused:
        instance.opened(None, tmp_path)
    assert "codec" not in str(refused.value)
