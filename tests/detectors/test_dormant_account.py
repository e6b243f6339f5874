"""Dormant account: who awakes it, and who only comes back."""

import pytest
from msgspec import structs

from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, AccountChange, Change, Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Device, Network, NetworkKind
from detectors.core.population import Population, address_of
from detectors.dormant_account import DormantAccount, Parameters
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MOSCOW,
    PARIS,
    PARIS_MOBILE,
    SERVER,
    VPN,
    Story,
    Where,
    moment,
    run,
)


def found(story: Story) -> list[Finding]:
    """What dormant_account finds."""
    return run(DormantAccount(), story.sorted())


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def hostile() -> list[Event]:
    """What the contract suite runs: a stranger after a month."""
    return settled().sign_on(40, 600, MOSCOW, LINUX, "x").sorted()


HOSTILE = (hostile, lambda: settled().sign_on(30, 600, PARIS, MAC, "x").sorted())


@pytest.mark.parametrize("at", [MOSCOW, SERVER])
def test_a_stranger_after_weeks(at: Where) -> None:
    [finding] = found(settled().sign_on(30, 600, at, LINUX, "x"))
    assert finding.evidence.weights.taken_over >= 2.8
    assert finding.evidence.group == "dormancy"
    assert finding.evidence.facts["days"] == 20


def test_back_from_a_long_leave_with_a_new_computer_and_provider() -> None:
    """In the country it says little, however long it was, and near the usual place less."""
    [near] = found(settled().sign_on(75, 600, LYON_HOME, MAC, "x"))
    [far] = found(settled().sign_on(75, 600, PARIS, MAC, "x"))
    assert near.evidence.weights.taken_over <= 1.6
    assert near.evidence.weights.taken_over < far.evidence.weights.taken_over <= 2.0


@pytest.mark.parametrize("at", [MOSCOW, SERVER])
def test_a_strangers_browser_may_be_the_owners_sort(at: Where) -> None:
    """Half of all computers show the same browser: from far off it is no less strange."""
    [finding] = found(settled().sign_on(30, 600, at, CHROME, "x"))
    assert finding.evidence.weights.taken_over >= 3.4


def test_the_longer_the_stranger() -> None:
    [after_weeks] = found(settled().sign_on(25, 600, PARIS, LINUX, "x"))
    [after_months] = found(settled().sign_on(80, 600, PARIS, LINUX, "x"))
    assert after_months.evidence.weights.taken_over > after_weeks.evidence.weights.taken_over


@pytest.mark.parametrize(("at", "device"), [(LYON, CHROME), (LYON, MAC), (PARIS, CHROME)])
def test_back_from_leave(at: Where, device: Device) -> None:
    """At the usual desk, with a new laptop there, or with the own laptop on the way."""
    assert not found(settled().sign_on(31, 600, at, device, "x"))


def test_a_week_off_is_not_dormant() -> None:
    assert not found(settled().sign_on(18, 600, MOSCOW, LINUX, "x"))


def test_a_phone_counts_for_half() -> None:
    [finding] = found(settled().sign_on(30, 600, PARIS_MOBILE, IPHONE, "x"))
    assert finding.evidence.weights.taken_over < 2.0


def test_an_account_of_which_nothing_is_known() -> None:
    assert not found(
        Story().sign_on(0, 480, LYON, CHROME, "s").sign_on(30, 600, MOSCOW, LINUX, "x")
    )


def test_an_account_used_for_a_day_and_left() -> None:
    """Little is known of it, and all of that is old."""
    assert found(Story().work([0], LYON, CHROME).sign_on(30, 600, MOSCOW, LINUX, "x"))


def test_what_dormant_means_can_be_set() -> None:
    story = settled().sign_on(18, 600, MOSCOW, LINUX, "x")
    assert run(DormantAccount(Parameters(unused=7 * DAY)), story.sorted())


def test_a_week_is_enough_for_what_hides() -> None:
    """Whoever is back from a week's leave comes to the desk, or from where the leave was."""
    [hidden] = found(settled().sign_on(18, 600, SERVER, LINUX, "x"))
    assert 1.5 <= hidden.evidence.weights.taken_over < 3.4
    assert not found(settled().sign_on(18, 600, MOSCOW, LINUX, "x"))
    assert not found(settled().sign_on(14, 600, SERVER, LINUX, "x"))


def tenant(days: int = 6, **kinds: AccountKind) -> Context:
    """People in Lyon and Paris, who sign on through three providers, counted for so many days."""
    population = Population(
        networks={"3215": 0.6, "12322": 0.3, "15557": 0.1}, countries={"FR": 1.0}, days=days
    )
    accounts = {Subject(SubjectKind.ACCOUNT, "acme", name): kind for name, kind in kinds.items()}
    return Context(populations={"acme": population}, kinds=accounts)


def first(at: Where, device: Device = LINUX, context: Context | None = None) -> list[Finding]:
    """What is found when an account is used for the first time, and goes on."""
    story = Story().sign_on(20, 600, at, device, "x").use(20, 610, at, device, "x")
    return run(DormantAccount(), story.sorted(), context or tenant())


AMAZON = SERVER._replace(network=Network(16509, "Amazon.com, Inc.", NetworkKind.HOSTING))
AT_HOME = SERVER._replace(place=LYON.place)


@pytest.mark.parametrize(
    ("at", "least"), [(SERVER, 5.3), (AT_HOME, 4.5), (AMAZON, 4.5), (MOSCOW, 3.0)]
)
def test_an_account_that_nobody_used_as_long_as_its_tenant_is_known(
    at: Where, least: float
) -> None:
    [finding] = first(at)
    assert finding.evidence.weights.taken_over == least
    assert finding.evidence.facts["days"] == 6
    assert first(at, IPHONE)[0].evidence.weights.taken_over == least / 2


def test_a_new_colleague_comes_through_a_providers_line_in_the_country() -> None:
    """Or by a line abroad of a provider that others have, or by a VPN whose exit is in the
    country."""
    new_provider = LYON_HOME._replace(network=PARIS_MOBILE.network)
    at_home = VPN._replace(place=LYON.place)
    for at in (LYON, LYON_HOME, new_provider, MOSCOW._replace(network=LYON.network), at_home):
        assert not first(at)


def test_nothing_is_said_where_the_tenant_is_new_or_nobody_is_counted() -> None:
    assert not first(SERVER, context=tenant(days=4))
    assert not first(SERVER, context=Context())


def test_an_account_that_the_log_saw_being_made_is_new_and_not_dormant() -> None:
    at = moment(19, 500)
    made = AccountChange(
        id=timed_id(at, "acme", "alice", "made"),
        time=at,
        tenant="acme",
        account="alice",
        change=Change.CREATED,
    )
    story = Story().sign_on(20, 600, SERVER, LINUX, "x")
    assert not run(DormantAccount(), [made, *story.sorted()], tenant())
    assert run(DormantAccount(), story.sorted(), tenant())


def test_a_desktop_that_several_colleagues_rent_is_no_strangers() -> None:
    ours = tenant()
    assert SERVER.ip is not None
    known = structs.replace(ours.populations["acme"], exits=frozenset({address_of(SERVER.ip)}))
    assert not first(SERVER, context=structs.replace(ours, populations={"acme": known}))


def test_a_program_may_begin_on_any_server() -> None:
    assert not first(SERVER, context=tenant(alice=AccountKind.SERVICE))
