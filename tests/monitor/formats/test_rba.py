"""The RBA data set: what a row becomes, and that its labels never reach an event."""

import msgspec
import pytest

from detectors.core.event import Activity, Outcome, SignIn
from detectors.core.place import NetworkKind
from monitor.enrichment.enricher import Enricher
from monitor.enrichment.location import NOWHERE, Whereabouts
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.rba import COLUMNS, Rba, read_row, read_time

ORIGIN = Origin("replay", "acme", lambda month, day: 2020, lambda second, line: 0)
AGENT = '"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/78.0"'


def row(**said: str) -> bytes:
    """A row as the data set writes it, with these cells in place of usual ones."""
    cells = {
        "index": "5",
        "Login Timestamp": "2020-02-03 12:43:30.772",
        "User ID": "-5120000000000000001",
        "Round-Trip Time [ms]": "",
        "IP Address": "10.0.65.171",
        "Country": "NO",
        "Region": "-",
        "City": "-",
        "ASN": "29695",
        "User Agent String": AGENT,
        "Browser Name and Version": "Firefox 78.0",
        "OS Name and Version": "Linux",
        "Device Type": "desktop",
        "Login Successful": "True",
        "Is Attack IP": "False",
        "Is Account Takeover": "False",
    }
    names = {"".join(c for c in name.lower() if c.isalpha()): name for name in cells}
    for short, value in said.items():
        cells[names[short]] = value
    return ",".join(cells.values()).encode()


def read(line: bytes) -> SignIn:
    (event,) = Rba().parse(line, ORIGIN)
    assert isinstance(event, SignIn)
    return event


def test_a_row_is_a_sign_in() -> None:
    event = read(row())
    assert (event.account, event.uid, event.ip) == ("-5120000000000000001", "5", "10.0.65.171")
    assert event.time == 1_580_733_810_772
    assert (event.activity, event.outcome) == (Activity.LOGON, Outcome.SUCCESS)
    assert event.user_agent == AGENT.strip('"')
    assert event.tenant == "acme"


def test_an_unsuccessful_one_is_a_failure_for_no_reason_said() -> None:
    event = read(row(loginsuccessful="False"))
    assert (event.outcome, event.failure_reason) == (Outcome.FAILURE, None)


@pytest.mark.parametrize("column", ["isattackip", "isaccounttakeover"])
def test_labels_never_reach_the_event(column: str) -> None:
    assert read(row(**{column: "True"})) == read(row(**{column: "False"}))


def test_the_labels_can_be_read_apart_from_the_event() -> None:
    found = read_row(row(isattackip="True"))
    assert found is not None
    assert (found.is_attack_address, found.is_takeover) == (True, False)
    assert read_time(found) == 1_580_733_810_772


def test_an_invented_address_is_where_its_columns_say() -> None:
    event = read(row(country="NO", region="Vestland", city="Bergen"))
    assert event.place is not None
    assert (event.place.country, event.place.region, event.place.city) == (
        "NO",
        "Vestland",
        "Bergen",
    )
    assert event.place.radius_km > 500, "no more is known than the country"
    assert event.network is not None
    assert (event.network.asn, event.network.kind) == (29695, NetworkKind.FIXED)


def test_an_invented_network_is_of_no_known_kind() -> None:
    event = read(row(asn="540011"))
    assert event.network is not None
    assert (event.network.asn, event.network.kind) == (540011, NetworkKind.UNKNOWN)


@pytest.mark.parametrize("said", [{"country": "ZZ"}, {"country": "-"}, {"country": ""}])
def test_an_unknown_country_is_no_place(said: dict[str, str]) -> None:
    assert read(row(**said)).place is None


def test_a_public_address_is_left_to_enrichment() -> None:
    event = read(row(ipaddress="203.0.113.9"))
    assert (event.place, event.network) == (None, None)


class Nowhere:
    """Knows no address, as databases know none of 10.0.0.0/8."""

    version = "nowhere"

    def look_up(self, ip: str | None) -> Whereabouts:
        return None, NOWHERE

    def read(self, user_agent: str | None) -> None:
        return None


def test_enrichment_keeps_what_the_log_says() -> None:
    event = read(row())
    kept = Enricher(Nowhere(), Nowhere()).enrich(event)
    assert isinstance(kept, SignIn)
    assert (kept.place, kept.network) == (event.place, event.network)


def test_the_header_is_no_event() -> None:
    assert Rba().parse(",".join(COLUMNS).encode(), ORIGIN) == []
    assert Rba().claims(",".join(COLUMNS).encode())


BAD = (
    (row() + b",more", "17 columns"),
    (row(logintimestamp="03/02/2020"), "not a time"),
    (row(logintimestamp="1969-12-31 23:59:59"), "before 1970"),
    (row(userid=""), "no account"),
    (row(ipaddress="here"), "no address"),
    (row(loginsuccessful=""), "neither True nor False"),
    (row(useragentstring='"never closed'), "CSV"),
)


@pytest.mark.parametrize(("line", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_what_cannot_be_read_says_why(line: bytes, reason: str) -> None:
    with pytest.raises(MalformedLine, match=reason):
        Rba().parse(line, ORIGIN)


def test_it_survives_being_stored() -> None:
    event = read(row())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=SignIn) == event
