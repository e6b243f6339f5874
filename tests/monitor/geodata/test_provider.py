"""Each provider's files are asked for where they lie."""

from datetime import UTC, datetime

import pytest

from monitor.geodata.provider import ProviderError, Terms, credit, offers


def at(year: int, month: int, day: int) -> int:
    """Noon of a day in ms."""
    return int(datetime(year, month, day, 12, tzinfo=UTC).timestamp() * 1_000)


def test_db_ip_has_this_months_and_the_one_before() -> None:
    urls = [offer.url for offer in offers("city", Terms(), at(2026, 3, 1))]
    assert urls == [
        "https://download.db-ip.com/free/dbip-city-lite-2026-03.mmdb.gz",
        "https://download.db-ip.com/free/dbip-city-lite-2026-02.mmdb.gz",
    ]
    [_, december] = offers("asn", Terms(), at(2026, 1, 31))
    assert december.url.endswith("dbip-asn-lite-2025-12.mmdb.gz")
    assert (december.packing, december.digest, december.login) == ("gz", None, None)


def test_maxmind_asks_for_an_account_and_has_a_checksum_that_must_match() -> None:
    terms = Terms("maxmind", "123456", "secret", "GeoIP2-City")
    [offer] = offers("city", terms, 0)
    assert offer.url == (
        "https://download.maxmind.com/geoip/databases/GeoIP2-City/download?suffix=tar.gz"
    )
    assert offer.digest == f"{offer.url}.sha256"
    assert (offer.must_match, offer.type, offer.login) == (
        True,
        "GeoIP2-City",
        ("123456", "secret"),
    )
    [networks] = offers("asn", terms, 0)
    assert networks.edition == "GeoLite2-ASN"


@pytest.mark.parametrize(
    "terms", [Terms("maxmind"), Terms("maxmind", "1"), Terms("maxmind", None, "k")]
)
def test_maxmind_without_an_account_says_what_to_set(terms: Terms) -> None:
    with pytest.raises(ProviderError, match=r"geo\.account_id and geo\.license_key"):
        list(offers("city", terms, 0))


def test_a_mirror_stands_in_for_the_provider_and_may_have_checksums() -> None:
    [offer, _] = offers("city", Terms(mirror="https://m.example/geo"), at(2026, 3, 1))
    assert offer.url == "https://m.example/geo/dbip-city-lite-2026-03.mmdb.gz"
    assert offer.digest == f"{offer.url}.sha256"
    assert not offer.must_match


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("DBIP-City-Lite", "CC BY 4.0"),
        ("DBIP-City-Lite-Compact", "modified"),
        ("Compact-ASN", "RouteViews"),
        ("DBIP-ASN-Lite (compat=GeoLite2-ASN)", "DB-IP"),
        ("GeoLite2-City", "GeoLite2 End User License"),
        ("GeoIP2-City", "contract"),
        ("Something else", ""),
    ],
)
def test_the_credit_is_the_makers(kind: str, named: str) -> None:
    told = credit(kind)
    assert named in told.en
    assert bool(told.fr) == bool(told.en)
