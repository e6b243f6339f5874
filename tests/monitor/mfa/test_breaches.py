"""Five digits of a digest leave the house; what goes wrong keeps nobody out."""

import hashlib

import httpx2
import pytest

from monitor.mfa.breaches import MOST_BYTES, Breaches, is_listed

ADDRESS = "https://ranges.example/range"


def digits(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class Service:
    """A service that tells what it is told to, and keeps what it was asked."""

    def __init__(self, body: str = "", status: int = 200) -> None:
        self.asked: list[str] = []
        self._body = body
        self._status = status

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(str(request.url))
        return httpx2.Response(self._status, text=self._body)

    def breaches(self) -> Breaches:
        return Breaches(ADDRESS, httpx2.MockTransport(self))


def test_a_stolen_password_is_found_and_only_five_digits_are_told() -> None:
    known = digits("correct horse")
    service = Service(f"{'0' * 35}:7\r\n{known[5:]}:12\r\n")
    assert service.breaches().has("correct horse")
    assert service.asked == [f"{ADDRESS}/{known[:5]}"]


def test_another_one_is_not() -> None:
    assert not Service(f"{'0' * 35}:7").breaches().has("correct horse")


def test_what_is_there_to_hide_the_length_counts_as_nothing() -> None:
    assert not is_listed("AB", "AB:0")
    assert is_listed("AB", "ab:1")
    assert not is_listed("AB", "AB")


@pytest.mark.parametrize("status", [301, 404, 429, 500, 503])
def test_a_service_that_fails_keeps_nobody_out(status: int) -> None:
    assert not Service(f"{digits('x')[5:]}:1", status).breaches().has("x")


def test_nor_does_one_that_is_away_or_talks_for_ever() -> None:
    def away(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route", request=request)

    assert not Breaches(ADDRESS, httpx2.MockTransport(away)).has("x")
    endless = Service("A" * (MOST_BYTES + 1) + f"\n{digits('x')[5:]}:1")
    assert not endless.breaches().has("x")


def test_without_an_address_nobody_is_asked() -> None:
    assert not Breaches(None).has("password")
