"""So many tries and no more, however many processes ask at once."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from monitor.store import sign_in_limits
from tests.databases import Databases

KEY, OTHER = b"k" * 32, b"o" * 32


def test_so_many_at_once_then_one_for_each_pause(database: Engine) -> None:
    with database.begin() as connection:

        def take(now: int, key: bytes = KEY) -> bool:
            return sign_in_limits.take(connection, key, 10, 30, now)

        assert [take(1_000) for _ in range(5)] == [True, True, True, False, False]
        assert sign_in_limits.owed(connection, KEY, 1_000) == 30
        assert not take(1_009)
        assert take(1_010)
        assert not take(1_010)
        assert take(1_010, OTHER)
        assert [take(9_000) for _ in range(4)] == [True, True, True, False]


def test_what_was_no_try_is_given_back(database: Engine) -> None:
    with database.begin() as connection:
        for _ in range(3):
            assert sign_in_limits.take(connection, KEY, 10, 30, 0)
        sign_in_limits.give_back(connection, KEY, 10)
        assert sign_in_limits.take(connection, KEY, 10, 30, 0)
        assert not sign_in_limits.take(connection, KEY, 10, 30, 0)
        assert sign_in_limits.owed(connection, OTHER, 0) == 0


def test_many_at_once_take_no_more_than_there_is(databases: Databases) -> None:
    url = databases.url()
    engines = [databases.connect(url) for _ in range(4)]

    def take(number: int) -> bool:
        with engines[number % 4].begin() as connection:
            return sign_in_limits.take(connection, KEY, 10, 50, 1_000)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(24))) == 5
