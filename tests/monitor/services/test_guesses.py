"""Codes are not guessed by trying them over many challenges, accounts or addresses."""

from sqlalchemy import Engine

from detectors.core.event import MINUTE
from monitor.services import guesses
from monitor.services.guesses import ADDRESS, STRANGERS
from monitor.services.subscriber import Subscriber
from tests.monitor.services.challenged import ANN, BOB, KEYRING, NOW


def allowed(
    engine: Engine, who: Subscriber, ip: str, known: bytes | None = None, later: int = 0
) -> bool:
    with engine.begin() as connection:
        return guesses.take(connection, KEYRING, who, ip, known, NOW + later).is_allowed


def test_strangers_have_few_of_an_account_whatever_their_addresses(database: Engine) -> None:
    for number in range(STRANGERS.at_once):
        assert allowed(database, ANN, f"192.0.2.{number}")
    assert not allowed(database, ANN, "198.51.100.1")
    assert allowed(database, BOB, "198.51.100.1")
    assert allowed(database, ANN, "198.51.100.2", b"m" * 32)
    assert allowed(database, ANN, "198.51.100.3", later=15 * MINUTE)


def test_one_address_has_few_whatever_the_accounts(database: Engine) -> None:
    for number in range(ADDRESS.at_once):
        assert allowed(database, Subscriber("acme", f"u-{number}"), "192.0.2.1")
    assert not allowed(database, BOB, "192.0.2.1")
    assert allowed(database, BOB, "192.0.2.2")


def test_what_was_right_counts_for_nothing(database: Engine) -> None:
    for _ in range(3 * STRANGERS.at_once):
        with database.begin() as connection:
            guess = guesses.take(connection, KEYRING, ANN, "192.0.2.1", None, NOW)
            assert guess.is_allowed
            guesses.forgive(connection, guess)


def test_an_address_that_is_not_known_is_counted_by_the_account(database: Engine) -> None:
    for _ in range(STRANGERS.at_once):
        assert allowed(database, ANN, "")
    assert not allowed(database, ANN, "")
