"""What a first sign-in is worth: the hour, the factor, failures and resets before it."""

import pytest

from detectors.core.context import AccountKind, Context
from detectors.core.event import Activity, Change, FailureReason
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import Device, Form, Network, NetworkKind
from detectors.core.population import SHIPPED, Shares, address_of
from detectors.sign_in_risk import SignInRisk
from tests.detectors.story import (
    ANDROID,
    CHROME,
    FIREFOX,
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
    SCRIPT,
    SERVER,
    TANA,
    TOR,
    VPN,
    Story,
    Where,
    moment,
    run,
)
from tests.detectors.takeover.strangers import CALLED, changed, found, settled, total


def test_a_second_factor_passed_does_not_clear_it() -> None:
    """A phishing page relays it."""
    story = settled().tell(moment(10, 540), SERVER, LINUX, "x", Activity.LOGON, mfa=True)
    assert total(found(story)) > CALLED


def test_at_night_it_is_nearly() -> None:
    [finding] = found(settled().sign_on(10, 90, PARIS, LINUX, "x"))
    assert finding.evidence.weights.taken_over > 4.0


def test_without_the_second_factor_that_is_the_rule_it_is_nearly() -> None:
    story = Story()
    for day in range(10):
        for minute in (480, 700):
            story.tell(
                moment(day, minute), LYON, CHROME, f"s{day}{minute}", Activity.LOGON, mfa=True
            )
    story.tell(moment(10, 540), PARIS, LINUX, "x", Activity.LOGON, mfa=False)
    assert total(found(story)) > 4.2


def test_after_failures_it_is_nearly() -> None:
    story = settled()
    for minute in (536, 537, 538, 539):
        story.fail(10, minute, PARIS, LINUX)
    assert total(found(story.sign_on(10, 540, PARIS, LINUX, "x"))) > 4.7


def test_a_service_that_changes_its_server() -> None:
    story = Story()
    for day in range(10):
        story.sign_on(day, 60, SERVER, SCRIPT, None)
    assert not found(story.sign_on(10, 60, VPN, SCRIPT, None))


def test_a_service_by_the_directory_may_have_a_browsers_agent() -> None:
    story = settled().sign_on(10, 600, SERVER, CHROME, "x")
    subject = Subject(SubjectKind.ACCOUNT, story.tenant, story.account)
    context = Context(kinds={subject: AccountKind.SERVICE})
    assert not run(SignInRisk(), story.sorted(), context)


def test_an_account_always_behind_a_proxy_is_at_home_where_its_colleagues_are() -> None:
    """Nothing tells its country; the tenant's people do."""
    story = Story().work(range(10), RELAY, CHROME).sign_on(10, 540, MOSCOW, LINUX, "x")
    shares = Shares(1_000.0, countries={"FR": 990.0, "BE": 10.0})
    context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
    assert total(run(SignInRisk(), story.sorted(), context)) > CALLED
    at_home = Story().work(range(10), RELAY, CHROME).sign_on(10, 540, PARIS, LINUX, "x")
    assert total(run(SignInRisk(), at_home.sorted(), context)) < CALLED


def test_a_first_day_at_the_office_where_the_colleagues_are() -> None:
    """A workstation and a line that are new to the account, at an address that the tenant knows."""
    assert PARIS.ip is not None
    story = settled().sign_on(11, 480, PARIS, LINUX, "x")
    alone = total(run(SignInRisk(), story.sorted()))
    shares = Shares(1_000.0, addresses={address_of(PARIS.ip): 300.0})
    context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
    assert total(run(SignInRisk(), story.sorted(), context)) <= alone - 1.5


def test_a_password_forgotten_during_a_long_leave() -> None:
    """Five wrong ones after three weeks, on a new computer at home: that is what leaves do."""
    story = settled()
    for minute in range(5):
        story.fail(31, 480 + minute, LYON_HOME, MAC)
    assert total(found(story.sign_on(31, 486, LYON_HOME, MAC, "x"))) < 4.0


def test_a_password_set_anew_behind_a_server_and_used_there() -> None:
    """The mailbox is the stranger's as well; the browser is the owner's sort."""
    story = changed(settled(), 600, VPN, None, Change.PASSWORD)
    assert total(found(story.sign_on(10, 602, VPN, CHROME, "x"))) > 4.5


def test_a_rule_of_few_sign_ons_is_worth_little() -> None:
    """Five sign-ons with a second factor by chance are no rule yet."""
    story = Story()
    for day in range(10):
        mfa = True if day > 4 else None
        story.tell(moment(day, 480), LYON, CHROME, f"s{day}", Activity.LOGON, mfa=mfa)
    story.tell(moment(10, 600), PARIS, LINUX, "x", Activity.LOGON, mfa=False)
    assert total(found(story)) < 4.7


ACROSS_THE_TOWN = LYON.leased("192.0.3.10")
"""Another line of the same provider."""


def test_another_computer_through_the_same_provider_at_night() -> None:
    """Big providers serve strangers of the same town as well."""
    findings = found(settled(20).sign_on(20, 120, ACROSS_THE_TOWN, MAC, "x"))
    assert total(findings) >= 3.8


def test_another_computer_on_the_own_line_or_by_day_is_hardly_anything() -> None:
    assert total(found(settled(20).sign_on(20, 120, LYON.leased("192.0.2.99"), MAC, "x"))) < 1.0
    assert total(found(settled(20).sign_on(20, 600, ACROSS_THE_TOWN, MAC, "x"))) < 2.0


def test_the_owners_browser_on_another_line_at_night() -> None:
    night = total(found(settled(20).sign_on(20, 120, LYON_HOME, CHROME, "x")))
    assert night >= 2.5
    assert not found(settled(20).sign_on(20, 600, LYON_HOME, CHROME, "x"))


def test_a_server_is_no_surprise_where_vpns_are_a_habit() -> None:
    """A VPN switched on within the session on many days has exits that no list knows."""
    habit = settled(20)
    for day in range(8, 20):
        habit.use(day, 700, VPN, CHROME, f"alice-chrome-windows-{day}")
    with_habit = total(found(habit.sign_on(20, 490, SERVER, CHROME, "x")))
    without = total(found(settled(20).sign_on(20, 490, SERVER, CHROME, "x")))
    assert with_habit <= without - 2.0


def test_journeys_before_that_came_to_nothing_make_the_next_one_likelier() -> None:
    story = settled(10).sign_on(10, 600, MADRID, CHROME, "m").work(range(11, 20), LYON, CHROME)
    alone = settled(20).sign_on(20, 600, TANA, CHROME, "t")
    assert last(story.sign_on(20, 600, TANA, CHROME, "t")) < last(alone)


def last(story: Story) -> float:
    """What the last sign-in is worth."""
    told = [f for f in found(story) if f.evidence.facts["what"] == "novelty"]
    return told[-1].evidence.weights.taken_over


def test_failures_and_then_a_new_password_are_one_story() -> None:
    """Whoever has forgotten it fails, sets it anew, and signs in."""
    failed = settled()
    for minute in range(5):
        failed.fail(10, 590 + minute, LYON_HOME, MAC)
    both = changed(failed, 598, LYON_HOME, None, Change.PASSWORD)
    told = total(found(both.sign_on(10, 600, LYON_HOME, MAC, "x")))
    again = settled()
    for minute in range(5):
        again.fail(10, 590 + minute, LYON_HOME, MAC)
    assert told == total(found(again.sign_on(10, 600, LYON_HOME, MAC, "x")))


def test_one_day_behind_a_vpn_before_makes_a_server_likelier() -> None:
    """Also where the log names no device: the same people switch the same VPN on again."""
    for device in (CHROME, None):
        once = days(device).use(8, 700, VPN, device, "v")
        before = total(found(once.sign_on(10, 490, SERVER, device, "x")))
        never = total(found(days(device).sign_on(10, 490, SERVER, device, "x")))
        assert before <= never - 1.4


def days(device: Device | None) -> Story:
    """Ordinary days in Lyon, with a device or where the log names none."""
    story = Story()
    for day in range(10):
        story.sign_on(day, 480, LYON, device, f"s{day}").use(day, 600, LYON, device, f"s{day}")
    return story


def test_a_script_where_people_only_ever_used_browsers() -> None:
    """Who has the password tries it with a program first, from the next town as from abroad."""
    town = PARIS.leased("203.0.113.77")
    script = total(found(settled(20).sign_on(20, 600, town, SCRIPT, "x")))
    assert script >= total(found(settled(20).sign_on(20, 600, town, LINUX, "x"))) + 2.0


def test_a_script_at_the_own_desk_is_a_script_of_the_owners() -> None:
    assert total(found(settled(20).sign_on(20, 600, LYON, SCRIPT, "x"))) < 1.0


def test_another_script_where_scripts_are_usual() -> None:
    other = Device("Go-http-client/1.1", "Go", "Other", Form.SCRIPT)
    story = settled(20)
    for day in range(17, 20):
        story.sign_on(day, 60, LYON, SCRIPT, None)
    usual = total(found(story.sign_on(20, 600, PARIS, other, "x")))
    alone = total(found(settled(20).sign_on(20, 600, PARIS, other, "x")))
    assert usual <= alone - 2.0


def test_a_stranger_soon_after_the_account_was_tried_from_elsewhere() -> None:
    """A list is tried from one address, and what fits is used from another."""
    tried = settled().fail(10, 500, SERVER, SCRIPT).sign_on(10, 600, MOSCOW, CHROME, "x")
    alone = settled().sign_on(10, 600, MOSCOW, CHROME, "x")
    assert total(found(tried)) >= total(found(alone)) + 1.5


def test_a_journey_long_after_it_or_after_ones_own_mistake_is_no_such_thing() -> None:
    alone = total(found(settled().sign_on(10, 1000, MADRID, CHROME, "x")))
    before = settled().fail(10, 500, SERVER, SCRIPT).sign_on(10, 1000, MADRID, CHROME, "x")
    assert total(found(before)) == alone
    own = settled().fail(10, 900, LYON, CHROME).sign_on(10, 1000, MADRID, CHROME, "x")
    assert total(found(own)) == alone


def test_password_and_factor_set_anew_and_used_by_a_new_phone() -> None:
    """The number was carried over to another card: who lost a phone still knows the password."""
    story = changed(settled(), 600, PARIS, IPHONE, Change.PASSWORD)
    changed(story, 603, PARIS, IPHONE, Change.FACTOR_REMOVED)
    changed(story, 604, PARIS, IPHONE, Change.FACTOR_ADDED)
    assert total(found(story.sign_on(10, 606, PARIS, IPHONE, "x"))) >= 5.0


def test_a_new_phone_enrolled_or_a_password_forgotten_is_less() -> None:
    phone = changed(settled(), 603, PARIS, IPHONE, Change.FACTOR_REMOVED)
    changed(phone, 604, PARIS, IPHONE, Change.FACTOR_ADDED)
    assert total(found(phone.sign_on(10, 606, PARIS, IPHONE, "x"))) < 3.5
    apart = changed(settled(), 480, PARIS, IPHONE, Change.PASSWORD)
    changed(apart, 604, PARIS, IPHONE, Change.FACTOR_ADDED)
    assert total(found(apart.sign_on(10, 606, PARIS, IPHONE, "x"))) < 3.5


def besieged(at: Where, device: Device = LINUX) -> Story:
    """A hundred and twenty wrong passwords on the morning of day 10, then a sign-on by a VPN."""
    story = settled()
    for number in range(120):
        story.fail(10, 480 + number / 10, at, SCRIPT)
    return story.sign_on(10, 560, VPN, device, "x")


def test_a_stranger_on_the_day_of_a_siege() -> None:
    """One of the guesses was right, and is used from elsewhere."""
    alone = total(found(settled().sign_on(10, 560, VPN, LINUX, "x")))
    assert total(found(besieged(SERVER))) >= min(5.9, alone + 2.5)
    program = total(found(besieged(LYON)))
    assert program <= alone + 1.3


def test_a_siege_from_the_very_line_that_then_gets_in() -> None:
    """The exits of one VPN are beside each other; a program of the owner's is on the own line."""
    beside = total(found(besieged(VPN.leased("198.51.100.7"), CHROME)))
    assert beside == total(found(besieged(SERVER, CHROME)))
    assert beside >= total(found(besieged(LYON, CHROME))) + 1.5


def guessed(
    until: float,
    at: Where,
    device: Device = FIREFOX,
    *,
    by: Where = MOSCOW,
    count: int = 20,
    reason: FailureReason = FailureReason.BAD_PASSWORD,
) -> float:
    """So many failures until this minute, and then a sign-on; in nats."""
    story = settled()
    for number in range(count):
        story.fail(10, until - number, by, SCRIPT, reason)
    return total(found(story.sign_on(10, 720, at, device, "x")))


def test_guessing_that_ends_with_a_first_sign_on_from_another_line() -> None:
    assert guessed(719, PARIS) >= CALLED > guessed(600, PARIS)
    assert guessed(719, PARIS, count=9) < CALLED
    assert guessed(719, PARIS, reason=FailureReason.LOCKED) < CALLED


def test_the_owners_sort_of_computer_after_guessing_calls_nobody_by_itself() -> None:
    """It may be the owner's, in other people's trouble, or after the own mistakes on this line."""
    assert guessed(600, PARIS, CHROME) < guessed(719, PARIS, CHROME) < CALLED
    assert guessed(719, PARIS, CHROME, by=PARIS) == guessed(600, PARIS, CHROME, by=PARIS)


def test_whoever_is_at_a_line_of_before_while_somebody_guesses_is_its_owner() -> None:
    assert guessed(719, LYON, CHROME) == guessed(600, LYON, CHROME) == 0.0


def test_the_owner_who_is_missed_at_the_desk_is_on_a_journey_with_a_new_laptop() -> None:
    """Hours into a day that always begins at eight o'clock, and nobody sat down."""
    away = total(found(settled().sign_on(10, 690, MADRID, LINUX, "x")))
    at_the_desk = settled().sign_on(10, 480, LYON, CHROME, "d").sign_on(10, 690, MADRID, LINUX, "x")
    assert away < min(CALLED, total(found(at_the_desk))) - 2.5


def test_nobody_travels_to_a_server() -> None:
    for at in (SERVER, TOR, VPN):
        assert total(found(settled().sign_on(10, 690, at, LINUX, "x"))) > CALLED


def private_relay(organisation: str) -> Where:
    """A server for rent, or an exit of a relay, of this company's."""
    network = Network(36183, organisation, NetworkKind.HOSTING)
    return PARIS.leased("198.51.100.44")._replace(network=network)


@pytest.mark.parametrize("device", [IPHONE, MAC])
def test_apples_browser_comes_by_apples_relay(device: Device) -> None:
    akamai, other = private_relay("Akamai Technologies, Inc."), private_relay("OVH SAS")
    story = settled().sign_on(10, 540, akamai, device, "x")
    assert total(found(story)) < total(found(settled().sign_on(10, 540, other, device, "x"))) - 1
    another = Device("chrome-ios", "Chrome", device.os, device.form)
    assert total(found(settled().sign_on(10, 540, akamai, another, "x"))) > 3.5


def test_whoever_calls_himself_apples_browser_on_a_rented_server_is_watched() -> None:
    """Akamai has servers for rent as well: the owner at work meanwhile tells."""
    network = Network(63949, "Akamai Technologies, Inc.", NetworkKind.HOSTING)
    rented = PARIS.leased("198.51.100.44")._replace(network=network)
    other = private_relay("OVH SAS")
    story = settled().sign_on(10, 780, rented, MAC, "x")
    assert total(found(story)) < total(found(settled().sign_on(10, 780, other, MAC, "x"))) - 1
    for minute in range(790, 830, 10):
        story.use(10, minute, LYON, CHROME, "d").use(10, minute + 5, rented, MAC, "x")
    assert total(found(story)) > CALLED


def test_the_companys_desktops_are_on_a_server_that_its_people_come_from() -> None:
    assert SERVER.ip is not None
    story = settled().sign_on(10, 690, SERVER, LINUX, "x")

    def worth(share: float, exits: set[str]) -> float:
        networks = {str(SERVER.network.asn): share * 1_000} if SERVER.network else {}
        shares = Shares(1_000.0, networks=networks, exits=frozenset(exits))
        context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
        return total(run(SignInRisk(), story.sorted(), context))

    of_several = {address_of(SERVER.ip)}
    assert worth(0.3, of_several) < CALLED
    # One that a few rent, and the provider alone, may be anybody's.
    assert worth(0.01, of_several) > CALLED
    assert worth(0.3, set()) > CALLED


def test_a_server_that_many_of_the_tenants_people_come_from_has_their_desktops() -> None:
    assert SERVER.ip is not None

    def told(story: Story, crowd: str | None) -> list[Finding]:
        shares = Shares(1_000.0, crowds=frozenset({address_of(crowd or "192.0.2.99")}))
        context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
        return run(SignInRisk(), story.sorted(), context)

    at_desk = settled().sign_on(10, 480, LYON, CHROME, "d").use(10, 688, LYON, CHROME, "d")
    at_desk.sign_on(10, 690, SERVER, LINUX, "x")
    assert total(told(at_desk, SERVER.ip)) < CALLED
    assert total(told(at_desk, None)) > CALLED + 2
    # Six who were phished may be why it is crowded: what the seventh's thief does there is told.
    for minute in range(700, 740, 10):
        at_desk.use(10, minute, LYON, CHROME, "d").use(10, minute + 5, SERVER, LINUX, "x")
    changed(at_desk, 745, SERVER, LINUX, Change.PASSWORD)
    assert total(told(at_desk, SERVER.ip)) > CALLED + 2


def company(story: Story, **counted: object) -> Context:
    """What a tenant's people sign on with, many of them through the address in Paris."""
    assert PARIS.ip is not None
    address = address_of(PARIS.ip)
    shares = Shares(1_000.0, addresses={address: 300.0}, crowds=frozenset({address}), **counted)
    return Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})


def test_nobody_breaks_in_through_the_companys_own_line() -> None:
    """An office abroad goes through it now and then, on computers that the account never had."""
    story = Story().work(range(10), MOSCOW, CHROME).sign_on(11, 480, PARIS, LINUX, "x")
    assert total(run(SignInRisk(), story.sorted())) > CALLED
    assert not run(SignInRisk(), story.sorted(), company(story))


def test_by_night_or_after_failures_the_companys_line_tells_less() -> None:
    story = Story().work(range(10), MOSCOW, CHROME).sign_on(11, 150, PARIS, LINUX, "x")
    assert total(run(SignInRisk(), story.sorted(), company(story))) > 0
    tried = Story().work(range(10), MOSCOW, CHROME)
    for step in range(8):
        tried.fail(11, 470 + step, PARIS, LINUX)
    tried.sign_on(11, 480, PARIS, LINUX, "x")
    assert total(run(SignInRisk(), tried.sorted(), company(tried))) > 0


def test_where_colleagues_are_is_less_far_than_where_nobody_is() -> None:
    """A good part of the tenant's people are there: its own people go there as well."""
    story = settled().sign_on(10, 540, MADRID, MAC, "x")
    peopled = company(story, countries={"FR": 800.0, "ES": 200.0})
    alone = company(story, countries={"FR": 1_000.0})
    found = total(run(SignInRisk(), story.sorted(), peopled))
    nearer = total(run(SignInRisk(), settled().sign_on(10, 540, PARIS, MAC, "x").sorted()))
    assert found == nearer > 0
    assert total(run(SignInRisk(), story.sorted(), alone)) > CALLED


def test_where_colleagues_are_is_not_abroad() -> None:
    """Known by the company's line in Paris alone, at home in a country of many of its people."""
    story = Story().work(range(10), PARIS, CHROME).sign_on(10, 1_150, MADRID, MAC, "x")
    alone = total(run(SignInRisk(), story.sorted(), company(story, countries={"FR": 1_000.0})))
    peopled = company(story, countries={"FR": 800.0, "ES": 200.0})
    assert total(run(SignInRisk(), story.sorted(), peopled)) <= alone - 2.0


def test_the_companys_line_is_no_strangers_afterwards_either() -> None:
    """An owner at the desk at home around a day at the office: who sits there is a colleague."""
    story = Story().work(range(20), MOSCOW, CHROME).work([20], MOSCOW, CHROME, 480, 500, name="a")
    story.sign_on(20, 510, PARIS, MAC, "x").use(20, 530, PARIS, MAC, "x")
    story.use(20, 540, MOSCOW, CHROME, "a").use(20, 560, PARIS, MAC, "x")
    anywhere = run(SignInRisk(), story.sorted())
    assert {f.evidence.group for f in anywhere} >= {"sign_in", "owner_at_work", "travel"}
    housed = run(SignInRisk(), story.sorted(), company(story))
    assert total(housed) == 0.0
    assert {f.evidence.group for f in housed} <= {"travel"}
    assert all(f.evidence.weights.shared > 0 for f in housed)


def test_an_app_without_a_name_is_a_phone_and_a_script_is_not() -> None:
    app = Device("okhttp", "okhttp", "Other", Form.SCRIPT)
    phone = total(found(settled(20).sign_on(20, 600, PARIS, app, "x")))
    script = total(found(settled(20).sign_on(20, 600, PARIS, SCRIPT, "x")))
    assert phone < 2.0
    assert script > phone + 2.0


def test_a_young_account_shows_something_new_more_often() -> None:
    young = total(found(Story().work(range(4), LYON, CHROME).sign_on(4, 540, MOSCOW, LINUX, "x")))
    old = total(found(settled(30).sign_on(30, 540, MOSCOW, LINUX, "x")))
    assert young < CALLED < old


def test_who_leaves_the_company_is_as_strange_as_anybody() -> None:
    """Once through its line, and then from another of the same provider: one name, two places."""
    outside = PARIS.leased("203.0.113.77")
    story = Story().work(range(22), MOSCOW, CHROME).sign_on(20, 600, PARIS, MAC, "office")
    housed = total(run(SignInRisk(), story.sorted(), company(story)))
    story.sign_on(21, 600, outside, MAC, "x")
    assert housed == 0.0
    assert total(run(SignInRisk(), story.sorted(), company(story))) > CALLED


def test_a_session_carried_out_of_the_house_is_watched() -> None:
    outside = PARIS.leased("203.0.113.77")
    story = Story().work(range(20), MOSCOW, CHROME).work([20], MOSCOW, CHROME, 480, 500, name="a")
    story.sign_on(20, 510, PARIS, MAC, "x").use(20, 530, outside, MAC, "x")
    story.use(20, 540, MOSCOW, CHROME, "a").use(20, 550, outside, MAC, "x")
    assert total(run(SignInRisk(), story.sorted(), company(story))) > 2.0


def test_a_server_that_anybody_may_rent_is_no_house() -> None:
    story = settled(20).sign_on(20, 600, SERVER, MAC, "x")
    assert SERVER.ip is not None
    address = address_of(SERVER.ip)
    shares = Shares(1_000.0, addresses={address: 300.0}, crowds=frozenset({address}))
    context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
    assert total(run(SignInRisk(), story.sorted(), context)) > 2.0


def test_an_app_was_no_script() -> None:
    app = Device("okhttp", "okhttp", "Other", Form.SCRIPT)
    story = settled(20)
    for day in range(20):
        story.sign_on(day, 420, LYON, app, f"app{day}")
    story.sign_on(20, 600, PARIS, SCRIPT, "x")
    alone = settled(20).sign_on(20, 600, PARIS, SCRIPT, "x")
    assert total(found(story)) >= total(found(alone)) - 0.3


def test_a_phone_by_a_carrier_of_the_tenants_people_is_at_home_wherever_that_is_located() -> None:
    spanish = PARIS_MOBILE._replace(place=MADRID.place)
    story = settled().sign_on(10, 540, spanish, ANDROID, "x")
    ours = company(story, networks={"3215": 900.0, "5410": 100.0}, countries={"FR": 1_000.0})
    other = company(story, networks={"3215": 1_000.0}, countries={"FR": 1_000.0})
    assert total(run(SignInRisk(), story.sorted(), other)) > 2.5
    assert total(run(SignInRisk(), story.sorted(), ours)) < 1.5
