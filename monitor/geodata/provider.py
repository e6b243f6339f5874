"""Who gives databases away: where each lies this month, how it is packed, what it asks for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from detectors.core.detector import Text
from monitor.trouble import MisuseError

DB_IP = "https://download.db-ip.com/free/"
MAXMIND = "https://download.maxmind.com/geoip/databases/"
_EDITIONS = {"city": "dbip-city-lite", "asn": "dbip-asn-lite"}
_TERMS = {
    "db-ip": Text(
        "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0",
        "Géolocalisation IP par DB-IP (https://db-ip.com), CC BY 4.0",
    ),
    "geolite": Text(
        "GeoLite2 data created by MaxMind (https://www.maxmind.com), GeoLite2 End User License",
        "Données GeoLite2 créées par MaxMind (https://www.maxmind.com), licence GeoLite2",
    ),
    "geoip": Text(
        "GeoIP2 data by MaxMind (https://www.maxmind.com), by your contract with them",
        "Données GeoIP2 de MaxMind (https://www.maxmind.com), selon votre contrat",
    ),
    "compact": Text(
        "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0, modified",
        "Géolocalisation IP par DB-IP (https://db-ip.com), CC BY 4.0, modifiée",
    ),
    "asn": Text(
        "RouteViews, DB-IP and the NRO, CC BY 4.0, modified",
        "RouteViews, DB-IP et la NRO, CC BY 4.0, modifiées",
    ),
}
_BY_TYPE = (
    ("compact-asn", "asn"),
    ("-compact", "compact"),
    ("dbip", "db-ip"),
    ("geolite", "geolite"),
    ("geoip", "geoip"),
)
"""Terms by what the type of a database begins with or has in it; the first one holds."""


class ProviderError(MisuseError):
    """The settings do not say enough to fetch anything; says what is missing."""


class Terms(NamedTuple):
    """What the settings have agreed with whom; `mirror` replaces the provider's address."""

    provider: Literal["db-ip", "maxmind"] = "db-ip"
    account_id: str | None = None
    license_key: str | None = None
    city_edition: str = "GeoLite2-City"
    asn_edition: str = "GeoLite2-ASN"
    mirror: str | None = None


class Offer(NamedTuple):
    """One file to ask for. `type` is what the database must be called, None for anything of its
    purpose; `digest` is where its SHA-256 lies, which must be there when `must_match`."""

    edition: str
    url: str
    packing: Literal["gz", "tar.gz"]
    type: str | None = None
    digest: str | None = None
    must_match: bool = False
    login: tuple[str, str] | None = None


def offers(name: str, terms: Terms, now: int) -> Iterator[Offer]:
    """What to ask for, best first, for the database `name` (`city`, `asn`) at `now` (ms).

    DB-IP puts out each month's some time in that month; until then there is the one before. Raises
    ProviderError.
    """
    base = terms.mirror or (DB_IP if terms.provider == "db-ip" else MAXMIND)
    base += "" if base.endswith("/") else "/"
    if terms.provider == "maxmind":
        yield _of_maxmind(name, terms, base)
        return
    for month in _months(now):
        edition = f"{_EDITIONS[name]}-{month}"
        url = f"{base}{edition}.mmdb.gz"
        # DB-IP itself has none beside it.
        yield Offer(edition, url, "gz", digest=f"{url}.sha256" if terms.mirror else None)


def _of_maxmind(name: str, terms: Terms, base: str) -> Offer:
    if terms.account_id is None or terms.license_key is None:
        raise ProviderError(
            "MaxMind asks for an account: set geo.account_id and geo.license_key "
            "(VIGIE_GEO__LICENSE_KEY_FILE names a file that has it)"
        )
    edition = terms.city_edition if name == "city" else terms.asn_edition
    url = f"{base}{edition}/download?suffix=tar.gz"
    login = (terms.account_id, terms.license_key)
    return Offer(edition, url, "tar.gz", edition, f"{url}.sha256", True, login)


def _months(now: int) -> tuple[str, str]:
    today = datetime.fromtimestamp(now / 1000, UTC)
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return f"{today:%Y-%m}", f"{year:04}-{month:02}"


def credit(database_type: str) -> Text:
    """The credit and licence of a database, by its type; empty where we do not know its maker."""
    kind = database_type.lower()
    for mark, name in _BY_TYPE:
        if mark in kind:
            return _TERMS[name]
    return Text("", "")
