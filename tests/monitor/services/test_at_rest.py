"""What is kept is sealed with the key that the database goes by, and opens with those before it."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from monitor.mfa.sealing import Seal, SealError, name_of, sealed_by
from monitor.sealing_keys import FILE, SealingKeys, new_key
from monitor.services.at_rest import NOTE, AtRest, current
from monitor.store.writing import Writing


def test_it_follows_what_the_database_goes_by(database: Engine, tmp_path: Path) -> None:
    keys = SealingKeys(None, tmp_path / FILE)
    at_rest = AtRest(Seal(b"o" * 32), keys, "factors")
    with database.begin() as connection:
        assert current(connection) == b""
        before = at_rest.close(connection, b"secret", "a")
    assert sealed_by(before) == b""
    key = new_key()
    # Another process rotates: this one was not told.
    SealingKeys(None, tmp_path / FILE).put([key])
    with database.begin() as connection:
        Writing(connection).set_note(NOTE, name_of(key))
        after = at_rest.close(connection, b"secret", "a")
    assert sealed_by(after) == name_of(key)
    assert {at_rest.open(one, "a") for one in (before, after)} == {b"secret"}
    with pytest.raises(SealError):
        # What is sealed for one purpose opens for no other.
        AtRest(Seal(b"o" * 32), keys, "drafts").open(after, "a")


def test_a_key_that_is_not_here_is_said(database: Engine, tmp_path: Path) -> None:
    at_rest = AtRest(Seal(b"o" * 32), SealingKeys(None, tmp_path / FILE), "x")
    with database.begin() as connection:
        Writing(connection).set_note(NOTE, b"n" * 8)
        with pytest.raises(SealError, match="not here"):
            at_rest.close(connection, b"secret", "a")
