"""Rotating addresses: who is on more households' lines than anybody has, and who is not."""

import pytest
from msgspec import structs

from detectors.core.context import Context
from detectors.core.event import Event
from detectors.core.finding import CAP, Finding, Theme
from detectors.core.place import Device, Network, NetworkKind
from detectors.core.population import Population, address_of
from detectors.rotating_address import MAXIMUM_LINES, Parameters, RotatingAddress
from tests.detectors.story import (
    CHROME,
    HOUR,
    IPHONE,
    LINUX,
    LYON,
    MADRID,
    MOSCOW,
    PARIS,
    PARIS_MOBILE,
    SERVER,
    TANA,
    VPN,
    Story,
    Where,
    loud,
    moment,
    run,
    where,
)


def line(number: int, asn: int, kind: NetworkKind = NetworkKind.FIXED) -> Where:
    """A line in Lille that the account does not have."""
    return where(f"198.18.{number}.9", "FR", "Lille", 50.63, 3.06, asn, f"Operator {asn}", kind)


LILLE = tuple(line(number, 64_600 + number) for number in range(20))
"""A line each of as many operators."""


def found(
    story: Story, parameters: Parameters | None = None, context: Context | None = None
) -> list[Finding]:
    """What rotating_address finds."""
    return run(RotatingAddress(parameters), story.sorted(), context)


def settled(until: int = 10) -> Story:
    """Ordinary weeks in Lyon, on one computer."""
    return Story().work(range(-50, until), LYON, CHROME)


def worths(story: Story) -> list[float]:
    """What each finding says of a takeover, in nats."""
    return [round(f.evidence.weights.taken_over, 1) for f in found(story)]


def rotating(*lines: Where, device: Device | None = LINUX, pause: float = 20) -> Story:
    """A sign-on from each of these lines, one after another."""
    story = settled()
    for number, at in enumerate(lines):
        story.sign_on(10, 540 + number * pause, at, device, f"x{number}")
    return story


def guessing(*lines: Where, into: Where, device: Device = LINUX) -> Story:
    """A failure at each of these lines, and then a sign-on."""
    story = settled()
    for number, at in enumerate(lines):
        story.fail(10, 540 + number * 10, at, device)
    return story.sign_on(10, 540 + len(lines) * 10, into, device, "x")


def hostile() -> list[Event]:
    """What the contract suite runs: a session each from five operators' lines."""
    return rotating(*LILLE[:5]).sorted()


HOSTILE = (hostile, lambda: guessing(*LILLE[:3], into=LILLE[4]).sorted())


@pytest.mark.parametrize("device", [LINUX, CHROME, None])
def test_three_operators_strange_lines_within_the_hour(device: Device | None) -> None:
    """Of a strange computer, of one like the owner's, and of one that the log does not name."""
    [finding] = found(rotating(*LILLE[:3], device=device))
    assert finding.time == moment(10, 580)
    assert finding.evidence.weights.taken_over == pytest.approx(4.5, abs=0.05)
    facts = finding.evidence.facts
    assert (facts["lines"], facts["operators"], facts["failures"]) == (3, 3, 0)
    assert facts["minutes"] == 40.0
    assert facts["ip"] == LILLE[2].ip
    assert facts["place"] == "Lille (FR)"


def test_one_session_that_goes_from_line_to_line() -> None:
    story = settled().sign_on(10, 540, LILLE[0], LINUX, "x")
    for number in range(1, 4):
        story.use(10, 540 + 9 * number, LILLE[number], LINUX, "x")
    assert worths(story) == [4.5, 5.0]


def test_nearly_a_call_and_one_at_the_sixth_line() -> None:
    """Beside anything else about whoever comes, it is one from the first."""
    assert not loud(found(rotating(*LILLE[:5])))
    assert loud(found(rotating(*LILLE[:6])))


def test_each_line_more_says_more_once() -> None:
    assert worths(rotating(*LILLE[:5])) == [4.5, 5.0, 5.5]
    again = rotating(*LILLE[:3])
    for number in range(6):
        again.sign_on(10, 600 + number, LILLE[number % 3], LINUX, f"y{number}")
    assert len(found(again)) == 1


def test_two_lines_are_anybodys() -> None:
    """A friend's home and a café."""
    assert not found(rotating(*LILLE[:2]))


def test_three_lines_of_two_operators_are_anybodys() -> None:
    assert not found(rotating(line(0, 64_600), line(1, 64_601), line(2, 64_601)))


def test_an_operator_gives_one_line_another_address() -> None:
    leases = [LILLE[0].leased(f"198.18.0.{n}") for n in range(9)]
    assert not found(rotating(*leases, LILLE[1]))
    [finding] = found(rotating(*leases, *LILLE[1:3]))
    assert finding.evidence.facts["lines"] == 3


def test_who_comes_to_three_lines_on_a_day_is_on_a_journey() -> None:
    """More than six hours between the first and the last of them."""
    assert found(rotating(*LILLE[:3], pause=179))
    assert not found(rotating(*LILLE[:3], pause=181))
    short = Parameters(window=HOUR // 2)
    assert not found(rotating(*LILLE[:3]), short)


def test_lines_that_failed_and_then_one_that_gets_in() -> None:
    """A pool that is told to stay with one operator's town gives another line each time."""
    [finding] = found(guessing(LILLE[0], LILLE[1], into=line(30, 64_600)))
    facts = finding.evidence.facts
    assert (facts["lines"], facts["operators"], facts["failures"]) == (3, 2, 2)
    assert not found(guessing(LILLE[0], into=line(30, 64_601)))
    one = [line(number, 64_600) for number in range(5)]
    assert not found(guessing(*one[:4], into=one[4])), "one operator's customers"


def test_nobody_has_got_in_yet() -> None:
    story = settled()
    for number in range(9):
        story.fail(10, 540 + number * 10, LILLE[number], LINUX)
    assert not found(story), "password_spraying and brute_force tell of it"
    assert not found(story.sign_on(10, 700, LYON, CHROME, "own")), "the owner, at the usual desk"


def test_others_guess_at_the_account_as_well() -> None:
    """While its owner is at a hotel: what failed elsewhere is not of who gets in here."""
    assert not found(guessing(*LILLE[:5], into=PARIS, device=CHROME))


def test_what_failed_in_the_owners_own_town_is_anybodys() -> None:
    """Guesses from households there, and the owner at a neighbour's."""
    at_home = [at._replace(place=LYON.place) for at in LILLE[:4]]
    assert not found(guessing(*at_home[:3], into=at_home[3]))
    assert found(rotating(*at_home[:3])), "but for lines that got in"


def test_in_an_accounts_first_days_it_says_less() -> None:
    story = Story().work(range(6, 10), LYON, CHROME)
    for number in range(3):
        story.sign_on(10, 540 + number * 20, LILLE[number], LINUX, f"x{number}")
    assert all(worth < 4.0 for worth in worths(story))


@pytest.mark.parametrize(
    "kind", [NetworkKind.MOBILE, NetworkKind.HOSTING, NetworkKind.VPN, NetworkKind.RELAY]
)
def test_carriers_servers_and_vpns_are_no_households(kind: NetworkKind) -> None:
    """A list that knows a pool's addresses calls them so: others tell of these."""
    assert not found(rotating(*(line(number, 64_600 + number, kind) for number in range(9))))
    assert not found(rotating(PARIS_MOBILE, SERVER, VPN, LILLE[0], LILLE[1]))
    abroad = (MOSCOW, MADRID.leased("198.18.50.9"), TANA.leased("198.18.51.9"))
    assert found(rotating(*abroad))
    assert not found(rotating(*(at._replace(network=of_kind(at, kind)) for at in abroad)))


def of_kind(at: Where, kind: NetworkKind) -> Network:
    """Its network, were it such a one."""
    assert at.network is not None
    return structs.replace(at.network, kind=kind)


def test_a_telephone_goes_from_one_wifi_to_the_next() -> None:
    assert not found(rotating(*LILLE[:9], device=IPHONE))


def test_the_owners_own_lines_are_not_strange() -> None:
    story = settled()
    for number in range(6):
        story.work(range(10), LILLE[number], CHROME, 1080, 1120, name=f"n{number}")
    for number in range(6):
        story.sign_on(10, 540 + number * 9, LILLE[number], CHROME, f"x{number}")
    last = [f for f in found(story) if f.time >= moment(9, 0)]
    assert not last


def test_a_line_that_colleagues_come_from_is_not_strange() -> None:
    exits = frozenset(address_of(at.ip or "") for at in LILLE)
    context = Context(populations={"acme": Population(exits=exits)})
    assert not found(rotating(*LILLE[:5]), context=context)


def test_who_has_the_cookie_of_a_session_of_before_is_anothers() -> None:
    """What session_hijacking tells of."""
    story = settled(11)
    for number in range(5):
        story.use(10, 600 + number * 9, LILLE[number], CHROME, "alice-chrome-windows-10")
    assert not found(story)


def test_an_account_that_was_hardly_used_has_no_lines_yet() -> None:
    story = Story()
    for number in range(3):
        story.sign_on(0, 540 + number, LILLE[number], CHROME, f"x{number}")
    assert not found(story)


def test_a_pools_forty_lines_say_no_more_than_anything_may_and_are_not_all_kept() -> None:
    told = found(rotating(*(line(n, 64_600 + n) for n in range(40)), pause=1))
    assert {f.theme for f in told} == {Theme.USE}
    assert max(f.evidence.weights.taken_over for f in told) == CAP
    assert all(int(str(f.evidence.facts["lines"])) <= MAXIMUM_LINES for f in told)
