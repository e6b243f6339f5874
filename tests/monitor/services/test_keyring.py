"""One key for each purpose, and another instance's are all others."""

from sqlalchemy import Engine

from monitor.services.keyring import Keyring


def test_each_purpose_has_a_key_of_its_own() -> None:
    mine = Keyring(b"a")
    keys = {mine.recovery, mine.devices, mine.limits}
    assert len(keys) == 3
    assert not keys & {Keyring(b"b").recovery, Keyring(b"b").devices, Keyring(b"b").limits}
    assert mine.digest("key") != Keyring(b"b").digest("key")


def test_what_is_sealed_for_one_purpose_opens_for_no_other(database: Engine) -> None:
    mine = Keyring(b"a")
    with database.begin() as connection:
        sealed = mine.seal.close(connection, b"secret", "reviewer:a")
    assert mine.seal.open(sealed, "reviewer:a") == b"secret"
    for other in (mine.drafts, mine.forms, Keyring(b"b").seal):
        try:
            other.open(sealed, "reviewer:a")
        except ValueError:
            continue
        raise AssertionError
