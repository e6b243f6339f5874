"""A page may ask for passkeys of its own host's name, or of what that ends with: no other."""

import pytest

from monitor.mfa.party import is_suffix


@pytest.mark.parametrize(
    ("party", "host", "fits"),
    [
        ("example.com", "example.com", True),
        ("example.com", "vigie.example.com", True),
        ("localhost", "localhost", True),
        ("example.com", "badexample.com", False),
        ("vigie.example.com", "example.com", False),
        ("127.0.0.1", "127.0.0.1", False),
        ("::1", "::1", False),
        ("", "example.com", False),
    ],
)
def test_a_relying_party_is_a_host_or_what_it_ends_with(party: str, host: str, fits: bool) -> None:
    assert is_suffix(party, host) is fits
