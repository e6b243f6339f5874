"""What is picked from a database: only ranges that are wholly at one point."""

from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Any

from monitor.simulation.survey import FIXED6, LONG_PREFIXES_EACH, PREFIXES_EACH, WANTED, survey


class Networks:
    """An autonomous-system database of one network."""

    def __iter__(self) -> Any:
        yield IPv4Network("5.0.0.0/16"), record(3215)
        yield ip_network("2001:db8::/32"), record(3215)


class Cities:
    """Half of the addresses are in Lyon, the others are not located."""

    def get(self, ip: str) -> dict[str, Any] | None:
        if ":" in ip:
            return place("FR", "Paris")
        third = int(IPv4Address(ip)) >> 8 & 0xFF
        if third % 2:
            return None
        return place("FR", "Lyon")


def place(country: str, city: str) -> dict[str, Any]:
    return {
        "country": {"iso_code": country},
        "city": {"names": {"en": city}},
        "location": {"latitude": 45.76, "longitude": 4.84},
    }


def record(number: int) -> dict[str, Any]:
    return {"autonomous_system_number": number, "autonomous_system_organization": "Orange"}


def test_only_whole_ranges_at_the_wanted_place_are_taken() -> None:
    found = survey(Cities(), Networks())  # type: ignore[arg-type] # a fake of both databases
    one, long = found
    assert (one.site, one.kind, one.asn, one.city) == ("Lyon", "fixed", 3215, "Lyon")
    assert len(one.prefixes) == PREFIXES_EACH
    assert (long.site, long.kind, long.city) == ("FR", FIXED6, "Paris")
    assert all(prefix.startswith("2001:db8:") for prefix in long.prefixes)
    assert len(long.prefixes) == LONG_PREFIXES_EACH
    assert all(int(prefix.rpartition(".")[2]) % 2 == 0 for prefix in one.prefixes)


def test_nothing_is_wanted_twice() -> None:
    wanted = [(w.site, w.kind, w.asn) for w in WANTED]
    assert len(wanted) == len(set(wanted))
