"""Events come back with what was missing, and with everything they already had."""

from typing import Any

import msgspec
import pytest

from detectors.core.event import (
    AccountChange,
    Activity,
    Answer,
    Change,
    Feedback,
    Outcome,
    SignIn,
)
from detectors.core.place import Device, Form, Former, Network, NetworkKind, Place
from monitor.enrichment.enricher import Enricher, number_of
from monitor.enrichment.location import NOWHERE, Location, Whereabouts

PARIS = Place("FR", None, "Paris", 48.86, 2.35)
ORANGE = Network(3215, "Orange", NetworkKind.FIXED)
LAPTOP = Device("0" * 16, "Chrome", "Windows", Form.DESKTOP)
ELSEWHERE = Place("MG", None, None, -18.9, 47.5)
VPN = Network(9009, "M247", NetworkKind.VPN)
TELEPHONE = Device("1" * 16, "Safari", "iOS", Form.PHONE)


class FakeLocator:
    """Knows one address; keeps what it was asked."""

    version = "fake@1"

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def look_up(self, ip: str | None) -> Whereabouts:
        self.asked.append(ip)
        return (PARIS, ORANGE) if ip == "90.1.2.3" else (None, NOWHERE)


class FakeReader:
    """Knows one user agent; keeps what it was asked."""

    version = "reader@1"

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def read(self, user_agent: str | None) -> Device | None:
        self.asked.append(user_agent)
        return LAPTOP if user_agent == "laptop" else None


def sign_in(**said: Any) -> SignIn:
    """A sign-in with everything said that enrichment does not touch."""
    fields: dict[str, Any] = {
        "id": bytes(16), "time": 7, "tenant": "t", "account": "a", "account_name": "n",
        "account_by_name": True, "source": "s", "uid": "u", "activity": Activity.LOGON,
        "outcome": Outcome.SUCCESS, "session": "x", "ip": "90.1.2.3", "user_agent": "laptop",
        "mfa": True, "mfa_method": "totp", "corroborating": True,
    }  # fmt: skip
    return SignIn(**(fields | said))


@pytest.fixture
def enricher() -> Enricher:
    return Enricher(FakeLocator(), FakeReader())


def test_a_sign_in_gets_all_three_and_keeps_the_rest(enricher: Enricher) -> None:
    event = sign_in()
    before = msgspec.msgpack.encode(event)
    expected = sign_in(place=PARIS, network=ORANGE, device=LAPTOP, built=enricher.built)
    assert enricher.enrich(event) == expected
    assert msgspec.msgpack.encode(event) == before


def test_an_account_change_gets_them_too(enricher: Enricher) -> None:
    said: dict[str, Any] = {
        "id": bytes(16), "time": 7, "tenant": "t", "account": "a", "change": Change.PASSWORD,
        "actor": "b", "ip": "90.1.2.3", "user_agent": "laptop",
    }  # fmt: skip
    enriched = enricher.enrich(AccountChange(**said))
    assert enriched == AccountChange(
        **said, place=PARIS, network=ORANGE, device=LAPTOP, built=enricher.built
    )


def test_feedback_comes_back_as_it_is(enricher: Enricher) -> None:
    event = Feedback(id=bytes(16), time=7, tenant="t", account="a", answer=Answer.NOT_ME)
    assert enricher.enrich(event) is event


@pytest.mark.parametrize("kept", [(), ("place",), ("network",), ("device",), ("place", "network")])
def test_what_is_already_known_is_kept(enricher: Enricher, kept: tuple[str, ...]) -> None:
    known = {"place": ELSEWHERE, "network": VPN, "device": TELEPHONE}
    found = {"place": PARIS, "network": ORANGE, "device": LAPTOP}
    given = {name: known[name] for name in kept}
    # What the log says of places is from no database.
    built = enricher.built if not {"place", "network"} & set(kept) else 0
    assert enricher.enrich(sign_in(**given)) == sign_in(**(found | given), built=built)


def test_enriching_twice_changes_nothing(enricher: Enricher) -> None:
    once = enricher.enrich(sign_in())
    assert enricher.enrich(once) == once


def test_nothing_said_is_unknown_and_not_a_place(enricher: Enricher) -> None:
    enriched = enricher.enrich(sign_in(ip=None, user_agent=None))
    assert enriched == sign_in(ip=None, user_agent=None, network=NOWHERE)


def test_addresses_and_user_agents_are_looked_up_once() -> None:
    locator, reader = FakeLocator(), FakeReader()
    enricher = Enricher(locator, reader)
    for _ in range(3):
        enricher.enrich(sign_in())
        enricher.enrich(sign_in(ip="192.0.2.1", user_agent=None))
    assert locator.asked == ["90.1.2.3", "192.0.2.1"]
    assert reader.asked == ["laptop", None]


def test_texts_that_are_too_long_are_not_remembered() -> None:
    locator, reader = FakeLocator(), FakeReader()
    enricher = Enricher(locator, reader)
    for _ in range(2):
        enricher.enrich(sign_in(ip="1" * 100, user_agent="x" * 2_000))
    assert len(locator.asked) == len(reader.asked) == 2


def test_the_version_names_both_sources(enricher: Enricher) -> None:
    assert enricher.version == "fake@1+reader@1"


def test_with_the_shipped_databases(shipped_location: Location) -> None:
    enricher = Enricher(shipped_location, FakeReader())
    enriched = enricher.enrich(sign_in(ip="82.64.1.1"))
    assert isinstance(enriched, SignIn)
    assert enriched.place is not None
    assert (enriched.place.country, enriched.place.city) == ("FR", "Paris")
    assert enriched.network == Network(12322, "Free SAS", NetworkKind.FIXED)
    decoded = msgspec.msgpack.decode(msgspec.msgpack.encode(enriched), type=SignIn)
    assert decoded == enriched


class OtherLocator:
    """Was there before: says of each address what it is given."""

    version = "other@1"

    def __init__(self, place: Place | None, network: Network) -> None:
        self._said = (place, network)

    def look_up(self, ip: str | None) -> Whereabouts:
        return self._said


SFR = Network(15557, "SFR", NetworkKind.FIXED)
VERSAILLES = Place("FR", None, "Versailles", 48.80, 2.13)


@pytest.mark.parametrize(
    ("place", "network", "former"),
    [
        (PARIS, ORANGE, None),
        (VERSAILLES, ORANGE, None),
        (None, NOWHERE, None),
        (None, ORANGE, None),
        (ELSEWHERE, ORANGE, (ELSEWHERE, ORANGE)),
        (ELSEWHERE, NOWHERE, (ELSEWHERE, ORANGE)),
        (PARIS, SFR, (PARIS, SFR)),
        (None, SFR, (PARIS, SFR)),
    ],
)
def test_an_event_tells_where_the_databases_before_placed_its_address_elsewhere(
    place: Place | None, network: Network, former: tuple[Place, Network] | None
) -> None:
    enricher = Enricher(FakeLocator(), FakeReader(), OtherLocator(place, network))
    event = enricher.enrich(sign_in())
    assert isinstance(event, SignIn)
    assert (event.place, event.network) == (PARIS, ORANGE)
    assert event.former == (None if former is None else Former(number_of("other@1"), *former))


def test_what_is_known_no_more_was_known_before() -> None:
    enricher = Enricher(OtherLocator(None, ORANGE), FakeReader(), FakeLocator())
    event = enricher.enrich(sign_in())
    assert isinstance(event, SignIn)
    assert event.place is None
    assert event.former == Former(number_of("fake@1"), PARIS, ORANGE)


def test_events_without_an_address_are_from_no_database(enricher: Enricher) -> None:
    event = enricher.enrich(sign_in(ip=None))
    assert isinstance(event, SignIn)
    assert event.built == 0


def test_databases_are_told_apart_by_a_number_that_is_never_none() -> None:
    numbers = {number_of(f"city@{second}") for second in range(500)}
    assert len(numbers) > 490
    assert all(0 < number < 1 << 16 for number in numbers)
