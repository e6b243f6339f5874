"""One-time keys are kept as digests, for a while, and used up once."""

from sqlalchemy import Engine

from monitor.store import tables
from monitor.store.keys import LINK, Keys, digest_of


def spend(database: Engine, keys: Keys, key: str, now: int) -> bool:
    with database.begin() as connection:
        return keys.spend(connection, key, now)


def test_a_key_is_used_up_once_before_it_expires(database: Engine) -> None:
    keys = Keys(database)
    keys.add("link", LINK, 100, 0)
    assert not spend(database, keys, "link", 100)
    assert not spend(database, keys, "other", 99)
    assert spend(database, keys, "link", 99)
    assert not spend(database, keys, "link", 99)


def test_a_key_of_another_kind_is_no_link(database: Engine) -> None:
    """Sessions of versions before were kept here too."""
    keys = Keys(database)
    keys.add("session", "session", 100, 0)
    assert not spend(database, keys, "session", 0)


def test_what_was_used_in_vain_is_there_again(database: Engine) -> None:
    keys = Keys(database)
    keys.add("link", LINK, 100, 0)
    with database.connect() as connection, connection.begin() as transaction:
        assert keys.spend(connection, "link", 0)
        transaction.rollback()
    assert spend(database, keys, "link", 0)


def test_expired_keys_are_forgotten_and_none_is_kept_as_itself(database: Engine) -> None:
    keys = Keys(database)
    keys.add("old", LINK, 10, 0)
    keys.add("new", LINK, 100, 10)
    with database.connect() as connection:
        kept = [bytes(row.digest) for row in connection.execute(tables.console_keys.select())]
    assert kept == [digest_of("new", b"")]
