"""A key goes nowhere in the clear, and is shown by nothing."""

import tomllib
from pathlib import Path

import pytest
from vigie_client import Vigie
from vigie_client.asking import VERSION, Way, is_safe

from tests.clients.python.asked import KEY

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    "url",
    [
        "https://vigie.example.com",
        "https://vigie.example.com:8443/base/",
        "http://127.0.0.1:8320",
        "http://localhost",
        "http://[::1]:8320",
    ],
)
def test_encrypted_or_on_this_machine(url: str) -> None:
    assert is_safe(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://vigie.example.com",
        "http://127.0.0.1.example.com",
        "http://192.168.0.7",
        "http://[::1",
        "ftp://127.0.0.1",
        "https://",
        "https://vigie.example.com/?a=b",
        "vigie.example.com",
        "",
    ],
)
def test_a_key_is_sent_nowhere_else(url: str) -> None:
    with pytest.raises(ValueError, match="expected https://"):
        Vigie(url, KEY)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "clé"])
def test_what_no_header_can_carry_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="vigie key create"):
        Vigie("https://vigie.example.com", key)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Way("https://vigie.example.com", KEY))


def test_an_address_below_another_is_kept() -> None:
    assert Way("https://example.com/vigie/", KEY).base == "https://example.com/vigie"


def test_it_says_which_version_it_is() -> None:
    told = tomllib.loads((ROOT / "clients/python/pyproject.toml").read_text(encoding="utf-8"))
    assert told["project"]["version"] == VERSION
    assert Way("https://example.com", KEY).headers["User-Agent"].endswith(f"/{VERSION}")
