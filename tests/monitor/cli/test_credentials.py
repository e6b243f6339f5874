"""A key that is made is said loudly, once; what it opens, no other key opens."""

from pathlib import Path

import pytest

from monitor.cli.credentials import take_key
from monitor.instance import KEY_FILE, InstanceKey, InstanceKeyError
from monitor.services.actor import operator
from monitor.services.admission import Admission, issue_link
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.keyring import Keyring
from monitor.services.sessions import Sessions
from monitor.settings import Settings
from monitor.store.connection import connect
from monitor.store.migration import upgrade


def test_it_is_made_once_and_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data=tmp_path)
    upgrade(settings.database_url)
    database = connect(settings.database_url)
    first = take_key(settings, database)
    told = " ".join(capsys.readouterr().err.split())
    assert KEY_FILE in told.replace(" ", "")
    assert first.fingerprint in told.replace(" ", "")
    assert "Keep a copy of it" in told
    assert take_key(settings, database).fingerprint == first.fingerprint
    assert capsys.readouterr().err == ""
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(InstanceKeyError, match="vigie secrets reset"):
        take_key(settings, database)
    database.dispose()


def test_credentials_of_one_key_open_nothing_for_another(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    mine, other = InstanceKey(bytes(32)).pepper, InstanceKey(b"x" * 32).pepper
    key = ApiKeys(database, pepper=mine).create(operator(), "crm", [Operation.EVENTS_WRITE])
    assert ApiKeys(database, pepper=mine).identify(key) is not None
    assert ApiKeys(database, pepper=other).identify(key) is None
    link = issue_link(database, mine)
    assert Admission(database, pepper=other).enter(link) is None
    session = Admission(database, pepper=mine).enter(link)
    assert session is not None
    assert Sessions(database, Keyring(mine)).visit(session) is not None
    assert Sessions(database, Keyring(other)).visit(session) is None
    database.dispose()
