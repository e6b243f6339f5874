"""Sign-in risk: strangers, what confirms them, and the honest ways of coming in anew."""

import pytest
from msgspec import structs

from detectors.core.context import Context
from detectors.core.event import Change, Event
from detectors.core.place import Device
from detectors.core.population import Population
from detectors.impossible_travel import ImpossibleTravel
from tests.detectors.story import (
    ANDROID,
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    PARIS,
    PARIS_MOBILE,
    RELAY,
    SERVER,
    TOR,
    VPN,
    Story,
    Where,
    loud,
    moment,
    run,
)
from tests.detectors.takeover.strangers import (
    CALLED,
    changed,
    found,
    hostile_at_home,
    settled,
    total,
)


def hostile() -> list[Event]:
    """What the contract suite runs: a stranger abroad while the owner works."""
    return (
        settled(11).sign_on(10, 600, MOSCOW, LINUX, "x").use(10, 606, MOSCOW, LINUX, "x").sorted()
    )


HOSTILE = (hostile, hostile_at_home)


@pytest.mark.parametrize("at", [MOSCOW, SERVER, VPN, TOR, MADRID])
def test_a_new_computer_abroad_or_masked_is_enough(at: Where) -> None:
    findings = found(settled().sign_on(10, 540, at, LINUX, "x"))
    assert total(findings) > CALLED
    assert findings[0].time == moment(10, 540)


FRENCH = Population(networks={"3215": 0.6}, countries={"FR": 1.0}, days=30)
AMONG_THE_FRENCH = Context(populations={"acme": FRENCH})


@pytest.mark.parametrize("days", [1, 2])
def test_in_its_first_days_an_account_is_nobodys_where_none_of_its_colleagues_are(
    days: int,
) -> None:
    story = settled(days).sign_on(days - 1, 600, MOSCOW, LINUX, "x")
    assert 4.9 < total(found(story, AMONG_THE_FRENCH)) < CALLED, "not by one sign-in alone"
    by_turns = story.use(days - 1, 601, LYON, CHROME, "s").use(days - 1, 602, MOSCOW, LINUX, "x")
    by_turns.use(days - 1, 604, LYON, CHROME, "s").use(days - 1, 605, MOSCOW, LINUX, "x")
    travel = run(ImpossibleTravel(), by_turns.sorted(), AMONG_THE_FRENCH)
    assert total(found(by_turns, AMONG_THE_FRENCH)) + total(travel) > CALLED
    assert total(found(story)) < 3.5, "nobody was counted"


@pytest.mark.parametrize(
    ("at", "device"), [(LYON_HOME, MAC), (PARIS_MOBILE, IPHONE), (VPN, CHROME), (PARIS, LINUX)]
)
def test_what_a_newcomer_has_in_the_first_days(at: Where, device: Device) -> None:
    story = settled(1).sign_on(0, 1_100, at, device, "x")
    assert not found(story, AMONG_THE_FRENCH)


@pytest.mark.parametrize(
    "first",
    [MOSCOW, RELAY._replace(place=LYON.place), SERVER._replace(place=LYON.place), PARIS_MOBILE],
    ids=["abroad", "a relay's exit in France", "a desktop in Paris", "a card from home, abroad"],
)
def test_a_newcomer_abroad_from_the_first_hour_is_compared_with_nobody(first: Where) -> None:
    story = Story().work([0], first, CHROME).sign_on(0, 1_100, MADRID, LINUX, "x")
    assert not found(story, AMONG_THE_FRENCH)


def test_one_visit_to_the_office_long_ago_or_by_who_made_the_account_is_no_past() -> None:
    made = Story().sign_on(0, 480, LYON, CHROME, "a").use(0, 484, LYON, CHROME, "a")
    assert not found(made.sign_on(1, 500, MADRID, MAC, "b"), AMONG_THE_FRENCH)
    long_ago = settled(1).sign_on(5, 500, MADRID, MAC, "b")
    assert not found(long_ago, AMONG_THE_FRENCH)


def test_the_owners_browser_abroad_in_the_first_days() -> None:
    """A laptop taken along says little; an older program in its name is another machine's."""
    assert total(found(settled(2).sign_on(1, 600, MADRID, CHROME, "x"), AMONG_THE_FRENCH)) < 1.5


def test_a_server_that_no_colleague_has_in_an_accounts_first_days() -> None:
    story = settled(1).sign_on(0, 600, SERVER, LINUX, "x")
    assert 2.0 <= total(found(story, AMONG_THE_FRENCH)) < CALLED
    ours = structs.replace(FRENCH, networks={"3215": 0.6, "14061": 0.3})
    assert not found(story, Context(populations={"acme": ours})), "the company's desktops"


def test_a_new_computer_on_a_line_of_the_country_is_not_enough() -> None:
    """The first day of work from home on a private computer."""
    findings = found(settled().work([10], LYON_HOME, MAC, 490, 1000))
    assert 1.7 <= total(findings) <= 2.4


def test_a_forgotten_password_at_the_own_desk() -> None:
    story = changed(settled(), 479, LYON, CHROME, Change.PASSWORD)
    assert not found(story.sign_on(10, 480, LYON, CHROME, "x"))


@pytest.mark.parametrize(
    ("at", "device"),
    [
        (LYON, MAC),
        (LYON, IPHONE),
        (PARIS_MOBILE, ANDROID),
        (PARIS_MOBILE, CHROME),
        (LYON_HOME, CHROME),
        (LYON_HOME, IPHONE),
        (MOSCOW, CHROME),
        (VPN, CHROME),
        (RELAY, CHROME),
        (VPN, IPHONE),
    ],
)
def test_one_new_thing_at_a_time(at: Where, device: Device) -> None:
    """A new laptop at a known line, a phone on its carrier, a journey, a VPN, a move."""
    assert total(found(settled().work([10], at, device))) < 4.0


def test_a_phone_bought_on_a_journey_with_the_known_laptop() -> None:
    story = settled().work([10], MADRID, CHROME).sign_on(11, 600, MADRID, IPHONE, "x")
    assert total(found(story)) < CALLED


def test_newcomers_are_not_judged() -> None:
    story = Story().work([0], LYON, CHROME).work([1], MOSCOW, LINUX)
    assert not found(story)


def test_slow_poisoning_earns_no_trust() -> None:
    """Brief looks every few days for three months: still a stranger at the end."""
    story = settled(5)
    for day in range(7, 90, 3):
        story.work([day - 1], LYON, CHROME)
        story.sign_on(day, 1300, PARIS, LINUX, f"look{day}").use(
            day, 1302, PARIS, LINUX, f"look{day}"
        )
    story.work([91], LYON, CHROME).sign_on(91, 600, PARIS, LINUX, "x")
    for minute in (604, 611, 619, 627):
        story.use(91, minute, PARIS, LINUX, "x")
    findings = found(story)
    assert total(findings) > CALLED
    assert [f for f in findings if f.evidence.facts["what"] == "looks"]
    assert {"owner", "reach"} <= {f.evidence.facts["what"] for f in findings[-4:]}


def test_the_same_stranger_is_told_once() -> None:
    story = settled().work(range(10, 13), MOSCOW, LINUX)
    told = [f for f in found(story) if f.evidence.group == "sign_in"]
    assert len(told) == 1
    assert loud(told)
