"""Sign-in risk: strangers, what confirms them, and the honest ways of coming in anew."""

import pytest

from detectors.core.context import AccountKind, Context
from detectors.core.event import AccountChange, Activity, Change, Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Device
from detectors.core.population import SHIPPED, Shares, address_of
from detectors.sign_in_risk import SignInRisk
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
    SCRIPT,
    SERVER,
    TANA,
    TOR,
    VPN,
    Story,
    Where,
    loud,
    moment,
    run,
)


def found(story: Story) -> list[Finding]:
    """What sign_in_risk finds."""
    return run(SignInRisk(), story.sorted())


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def total(findings: list[Finding]) -> float:
    """What they come to for a takeover: the strongest of each group."""
    groups: dict[str, float] = {}
    for finding in findings:
        weight = finding.evidence.weights.taken_over
        group = finding.evidence.group
        groups[group] = max(groups.get(group, 0.0), weight)
    return sum(groups.values())


CALLED = 5.66
"""Nats for a takeover from which a reviewer is called."""


def changed(story: Story, minute: float, at: Where, device: Device | None, what: Change) -> Story:
    """A change to the account on day 10."""
    time = moment(10, minute)
    story.events.append(
        AccountChange(
            id=timed_id(time, "change", str(minute)),
            time=time,
            tenant=story.tenant,
            account=story.account,
            change=what,
            ip=at.ip,
            place=at.place,
            network=at.network,
            device=device,
        )
    )
    return story


def hostile() -> list[Event]:
    """What the contract suite runs: a stranger abroad while the owner works."""
    return (
        settled(11).sign_on(10, 600, MOSCOW, LINUX, "x").use(10, 606, MOSCOW, LINUX, "x").sorted()
    )


def hostile_at_home() -> list[Event]:
    """One in the owner's country, beside the owner, who comes back on many days."""
    story = settled(20)
    for day in range(10, 20):
        story.work([day], PARIS, LINUX, 500, 700, name="stranger")
    return changed(story, 640, PARIS, LINUX, Change.PASSWORD).sorted()


HOSTILE = (hostile, hostile_at_home)


@pytest.mark.parametrize("at", [MOSCOW, SERVER, VPN, TOR, MADRID])
def test_a_new_computer_abroad_or_masked_is_enough(at: Where) -> None:
    findings = found(settled().sign_on(10, 600, at, LINUX, "x"))
    assert total(findings) > CALLED
    assert findings[0].time == moment(10, 600)


def test_a_second_factor_passed_does_not_clear_it() -> None:
    """A phishing page relays it."""
    story = settled().tell(moment(10, 600), SERVER, LINUX, "x", Activity.LOGON, mfa=True)
    assert total(found(story)) > CALLED


def test_a_new_computer_on_a_line_of_the_country_is_not_enough() -> None:
    """The first day of work from home on a private computer."""
    findings = found(settled().work([10], LYON_HOME, MAC, 490, 1000))
    assert 2.5 <= total(findings) <= 3.3


def test_with_the_owner_at_work_meanwhile_it_is() -> None:
    story = settled(11).sign_on(10, 600, PARIS, LINUX, "x")
    for minute in (604, 611, 619, 627):
        story.use(10, minute, PARIS, LINUX, "x")
    findings = found(story)
    assert total(findings) > CALLED
    assert {"owner_at_work", "travel"} <= {f.evidence.group for f in findings}
    assert findings[-1].evidence.facts["device"] == "Firefox / Linux"


def test_after_the_owner_went_home_it_is_not() -> None:
    """The office until five, the private computer at home at six."""
    story = settled(11).work([10], LYON_HOME, MAC, 1080, 1200)
    assert total(found(story)) < CALLED


def test_at_night_it_is_nearly() -> None:
    [finding] = found(settled().sign_on(10, 90, PARIS, LINUX, "x"))
    assert finding.evidence.weights.taken_over > 5.0


def test_without_the_second_factor_that_is_the_rule_it_is() -> None:
    story = Story()
    for day in range(10):
        for minute in (480, 700):
            story.tell(
                moment(day, minute), LYON, CHROME, f"s{day}{minute}", Activity.LOGON, mfa=True
            )
    story.tell(moment(10, 600), PARIS, LINUX, "x", Activity.LOGON, mfa=False)
    assert total(found(story)) > 5.6


def test_after_failures_it_is() -> None:
    story = settled()
    for minute in (596, 597, 598, 599):
        story.fail(10, minute, PARIS, LINUX)
    assert total(found(story.sign_on(10, 600, PARIS, LINUX, "x"))) > 5.6


@pytest.mark.parametrize("what", [Change.PASSWORD, Change.FACTOR_ADDED, Change.FACTOR_REMOVED])
def test_with_a_new_password_or_factor_set_from_there_it_is(what: Change) -> None:
    story = settled().sign_on(10, 600, PARIS, LINUX, "x")
    findings = found(changed(story, 604, PARIS, LINUX, what))
    assert total(findings) > CALLED
    assert findings[-1].evidence.group == "changed"


def test_a_forgotten_password_at_the_own_desk() -> None:
    story = changed(settled(), 479, LYON, CHROME, Change.PASSWORD)
    assert not found(story.sign_on(10, 480, LYON, CHROME, "x"))


def test_a_role_given_by_an_administrator() -> None:
    story = settled().sign_on(10, 600, PARIS, LINUX, "x")
    assert len(found(changed(story, 604, MADRID, MAC, Change.ROLE))) == 1


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
    assert total(found(settled().work([10], at, device))) < 3.2


def test_a_phone_bought_on_a_journey_with_the_known_laptop() -> None:
    story = settled().work([10], MADRID, CHROME).sign_on(11, 600, MADRID, IPHONE, "x")
    assert total(found(story)) < CALLED


def test_newcomers_are_not_judged() -> None:
    story = Story().work([0], LYON, CHROME).work([1], MOSCOW, LINUX)
    assert not found(story)


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


def test_many_days_of_work_beside_the_owner_are_rather_sharing() -> None:
    findings = run(SignInRisk(), hostile_at_home())
    stays = [f for f in findings if f.evidence.facts["what"] == "stay"]
    assert stays
    assert all(f.evidence.weights.taken_over < 0 <= f.evidence.weights.shared for f in stays)
    assert any(f.evidence.weights.shared > 0 for f in stays)


def test_the_same_stranger_is_told_once() -> None:
    story = settled().work(range(10, 13), MOSCOW, LINUX)
    told = [f for f in found(story) if f.evidence.group == "sign_in"]
    assert len(told) == 1
    assert loud(told)


def reached(story: Story) -> list[Finding]:
    """What is said of places beyond the owner's reach."""
    return [f for f in found(story) if f.evidence.facts["what"] == "reach"]


def test_a_new_computer_where_the_owner_cannot_be_yet() -> None:
    story = settled(11).sign_on(10, 720, PARIS, LINUX, "x")
    assert reached(story)
    assert all(f.evidence.weights.shared > 0 for f in reached(story))


def test_a_journey_that_the_owner_had_time_for_says_nothing() -> None:
    assert not reached(settled().sign_on(10, 720, PARIS, LINUX, "x"))
    assert not reached(settled(11).sign_on(10, 720, LYON_HOME, LINUX, "x"))


def test_the_owners_own_computer_and_phone_may_be_located_anywhere() -> None:
    assert not reached(settled(11).sign_on(10, 720, PARIS, CHROME, "x"))
    assert not reached(settled(11).sign_on(10, 720, PARIS, IPHONE, "x"))


def test_a_stranger_from_a_second_country_or_server_is_no_traveller() -> None:
    story = settled().sign_on(10, 600, SERVER, LINUX, "x").sign_on(11, 600, MOSCOW, LINUX, "y")
    assert [f for f in found(story) if f.evidence.group == "lines"]
    once = settled().sign_on(10, 600, SERVER, LINUX, "x").sign_on(11, 600, SERVER, LINUX, "y")
    assert not [f for f in found(once) if f.evidence.group == "lines"]


NOWHERE_SAID = Where(None, None, None)


def test_a_change_without_an_address_is_of_who_acted_last() -> None:
    story = settled().sign_on(10, 600, MOSCOW, LINUX, "x")
    told = found(changed(story, 606, NOWHERE_SAID, None, Change.FACTOR_ADDED))
    assert [f for f in told if f.evidence.facts["what"] == "change"]


def test_nor_of_one_who_left_long_before_or_before_the_owner_came() -> None:
    left = settled().sign_on(10, 600, MOSCOW, LINUX, "x")
    told = found(changed(left, 700, NOWHERE_SAID, None, Change.FACTOR_ADDED))
    assert not [f for f in told if f.evidence.facts["what"] == "change"]
    story = settled().sign_on(10, 600, MOSCOW, LINUX, "x").sign_on(10, 603, LYON, CHROME, "own")
    told = found(changed(story, 606, NOWHERE_SAID, None, Change.FACTOR_ADDED))
    assert not [f for f in told if f.evidence.facts["what"] == "change"]


def test_days_of_work_take_back_what_was_said() -> None:
    story = settled(22).work(range(10, 21), MOSCOW, LINUX)
    findings = found(story)
    back = [f for f in findings if f.evidence.facts["what"] == "stay"]
    assert back
    assert min(f.evidence.weights.taken_over for f in back) <= -CALLED + 1


def test_three_days_of_brief_visits_take_nothing_back() -> None:
    story = settled(16)
    for day in (10, 12, 14):
        story.sign_on(day, 600, MOSCOW, LINUX, f"x{day}").use(day, 612, MOSCOW, LINUX, f"x{day}")
    assert not [f for f in found(story) if f.evidence.facts["what"] == "stay"]


def owner(day: int, *minutes: float) -> Story:
    """Ten ordinary days in Lyon, and the owner at the desk at these minutes of another one."""
    story = settled().sign_on(day, minutes[0], LYON, CHROME, "desk")
    for minute in minutes[1:]:
        story.use(day, minute, LYON, CHROME, "desk")
    return story


def groups(story: Story) -> dict[str, float]:
    """What each group comes to for a takeover."""
    findings = found(story)
    return {
        f.evidence.group: max(
            g.evidence.weights.taken_over for g in findings if g.evidence.group == f.evidence.group
        )
        for f in findings
    }


def what(story: Story) -> set[str]:
    """What the findings are about."""
    return {str(f.evidence.facts["what"]) for f in found(story)}


def test_a_new_computer_nearby_minutes_after_the_owner_sat_down_is_enough() -> None:
    """A page that relays the second factor, from a line of the town: nobody is at two desks."""
    story = owner(10, 480, 487).sign_on(10, 491, LYON_HOME, MAC, "x")
    findings = found(story)
    assert total(findings) > CALLED
    assert {f.time for f in findings} == {moment(10, 491)}
    assert "present" in what(story)


def test_the_evening_at_home_after_work_is_not() -> None:
    """Two hours after the last gesture at the office, in the same town."""
    story = owner(10, 480, 700, 1020).sign_on(10, 1140, LYON_HOME, MAC, "x")
    assert what(story) == {"novelty"}


def test_two_hours_are_too_little_from_far_off() -> None:
    story = owner(10, 480, 700).sign_on(10, 820, PARIS, MAC, "x")
    assert what(story) == {"novelty", "present", "reach"}


def test_a_phone_beside_the_desk_is_a_phone() -> None:
    story = owner(10, 480, 487).sign_on(10, 489, LYON_HOME, IPHONE, "x")
    assert "present" not in what(story)


def test_a_page_left_open_at_the_office_over_night_is_nobody() -> None:
    """The desk was signed on at yesterday: what it does by itself is no gesture of today's."""
    story = settled().sign_on(9, 480, LYON, CHROME, "left")
    for minute in range(0, 1500, 11):
        story.use(9 + (480 + minute) // 1440, (480 + minute) % 1440, LYON, CHROME, "left")
    assert "present" not in what(story.sign_on(10, 545, LYON_HOME, MAC, "x"))


def test_the_owners_browser_from_a_server_just_after_the_owner_signed_on() -> None:
    """A relaying page copies the browser; the owner's own sign-on is ten minutes old."""
    assert total(found(owner(10, 480).sign_on(10, 490, SERVER, CHROME, "x"))) > CALLED


def test_the_owners_browser_from_a_server_alone_is_not_enough() -> None:
    """A VPN that no list knows of, switched on before work."""
    assert total(found(settled().sign_on(10, 490, SERVER, CHROME, "x"))) < 5.0


def test_a_vpn_switched_on_after_sitting_down() -> None:
    assert total(found(owner(10, 480, 485).sign_on(10, 490, VPN, CHROME, "x"))) < 3.0


def test_the_owner_back_at_the_desk_the_same_day() -> None:
    """A visit in the morning from another computer, and the owner comes to work hours later."""
    story = settled().sign_on(10, 420, PARIS, MAC, "x")
    story.sign_on(10, 600, LYON, CHROME, "desk").use(10, 615, LYON, CHROME, "desk")
    assert "back" in what(story)


def test_the_owner_at_the_desk_before_and_after_the_visit() -> None:
    story = (
        owner(10, 480, 520).sign_on(10, 640, LYON_HOME, MAC, "x").use(10, 800, LYON, CHROME, "desk")
    )
    assert groups(story)["owner_at_work"] >= 2.8
    assert total(found(story)) > CALLED


def test_two_homes_on_different_days_say_nothing() -> None:
    """The second home for days, the office again the next morning."""
    story = settled().work([10, 12], LYON_HOME, MAC, 480, 1000).work([11, 13], LYON, CHROME)
    assert what(story) <= {"novelty", "stay"}


def test_three_journeys_in_a_week_between_two_countries() -> None:
    """A copied browser abroad and the owner at home by turns: one journey has two ways only."""
    story = settled()
    for day in (10, 11):
        story.work([day], LYON, CHROME, 480, 700, name=f"home-{day}")
        story.sign_on(day, 1200, MOSCOW, CHROME, f"x{day}").use(
            day, 1204, MOSCOW, CHROME, f"x{day}"
        )
    assert groups(story.work([12], LYON, CHROME, 480, 700, name="home-12"))["crossed"] >= 3.0


def test_one_journey_there_and_back() -> None:
    story = settled().work([10], LYON, CHROME, 480, 700)
    story.work([11, 12], MOSCOW, CHROME, 480, 900).work([13, 14], LYON, CHROME)
    assert "crossed" not in what(story)


def test_an_account_always_behind_a_proxy_is_at_home_where_its_colleagues_are() -> None:
    """Nothing tells its country; the tenant's people do."""
    story = Story().work(range(10), RELAY, CHROME).sign_on(10, 600, MOSCOW, LINUX, "x")
    shares = Shares(1_000.0, countries={"FR": 990.0, "BE": 10.0})
    context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
    assert total(run(SignInRisk(), story.sorted(), context)) > CALLED
    at_home = Story().work(range(10), RELAY, CHROME).sign_on(10, 600, PARIS, LINUX, "x")
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


def test_brief_looks_a_week_apart_are_told_together() -> None:
    """Another incident would not know of the first sign-in."""
    story = settled(25).sign_on(10, 600, PARIS, LINUX, "a").sign_on(19, 600, PARIS, LINUX, "b")
    late = [f for f in found(story) if f.time >= moment(19, 600)]
    assert {"sign_in", "looks"} <= {f.evidence.group for f in late}


def test_one_laptop_in_three_hotels_is_no_crowd() -> None:
    """A month on the road with the own computer: nobody shares it."""
    story = settled()
    for number, at in enumerate((MADRID, MOSCOW, TANA)):
        story.work(range(10 + 6 * number, 15 + 6 * number), at, CHROME, 480, 1000)
    assert all(f.evidence.weights.shared == 0 for f in found(story))


def test_countries_of_one_journey_count_for_half() -> None:
    """The own sort of computer in two countries, a stranger's in two, and on two servers."""
    journey = settled().sign_on(10, 600, MADRID, CHROME, "a").sign_on(12, 600, MOSCOW, CHROME, "b")
    strangers = settled().sign_on(10, 600, MADRID, MAC, "a").sign_on(12, 600, MOSCOW, MAC, "b")
    assert groups(journey)["lines"] == groups(strangers)["lines"] / 2
