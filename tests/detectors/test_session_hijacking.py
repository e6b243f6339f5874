"""Session hijacking: who is found, and why everybody else is not."""

from itertools import cycle

import pytest
from msgspec import structs

from detectors.core.context import Context
from detectors.core.event import Activity, Event, Outcome, SignIn
from detectors.core.finding import Finding
from detectors.core.grade import MEDIUM_USE
from detectors.core.identity import Subject
from detectors.core.place import Device, Network, NetworkKind
from detectors.core.population import Population, address_of
from detectors.session_hijacking import SessionHijacking
from tests.detectors.story import (
    ANDROID,
    CHROME,
    DAY,
    FIREFOX,
    IPAD,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MADRID,
    MOSCOW,
    OFFICE_LAN,
    PACE,
    PARIS,
    PARIS_MOBILE,
    SCRIPT,
    SERVER,
    TANA,
    TOKYO,
    TOR,
    VPN,
    Story,
    Where,
    loud,
    moment,
    run,
    where,
)

STOLEN = "alice-chrome-windows-9"


def found(story: Story) -> list[Finding]:
    """What session_hijacking finds."""
    return run(SessionHijacking(), story.sorted())


def at_work() -> Story:
    """Ten ordinary days in Lyon; the last one's session is `STOLEN`."""
    return Story().work(range(10), LYON, CHROME)


def stolen(at: Where, device: Device, *minutes: float) -> Story:
    """The last day's session used from elsewhere, at these minutes."""
    story = at_work()
    for minute in minutes or (600, 603, 612):
        story.use(9, minute, at, device, STOLEN)
    return story


def hostile() -> list[Event]:
    """What the contract suite runs: a cookie on another machine abroad."""
    return stolen(MOSCOW, LINUX).sorted()


HOSTILE = (hostile, lambda: stolen(TOKYO, CHROME).sorted())


@pytest.mark.parametrize("at", [MOSCOW, SERVER, TOR, VPN, PARIS])
def test_another_machine_elsewhere_holds_the_session(at: Where) -> None:
    findings = loud(found(stolen(at, LINUX)))
    assert findings
    assert findings[0].evidence.weights.taken_over >= 5.5
    assert findings[0].evidence.facts["other_device"] is True
    assert findings[0].time == moment(9, 600)


def test_a_script_with_the_cookie() -> None:
    assert loud(found(stolen(SERVER, SCRIPT)))


def test_the_same_browser_in_another_country_at_once() -> None:
    findings = loud(found(stolen(MOSCOW, CHROME)))
    assert findings
    assert findings[0].evidence.facts["to_place"] == "Moscow (RU)"


def test_the_same_browser_hours_later_but_too_far() -> None:
    story = at_work().use(9, 1110, TOKYO, CHROME, STOLEN)
    assert loud(found(story))


def test_a_copied_browser_behind_a_server_takes_turns_with_its_owner() -> None:
    """The same device and a masked network, back and forth within minutes, again and again."""
    story = at_work()
    for step in range(6):
        story.use(9, 600 + step * 8, SERVER, CHROME, STOLEN)
        story.use(9, 604 + step * 8, LYON, CHROME, STOLEN)
    assert loud(found(story))


def beside_the_desk(device: Device, behind: Where) -> list[Finding]:
    """A session of days before goes to a server or a VPN, while its owner works at the desk."""
    story = Story().work(range(10), LYON, CHROME).sign_on(4, 400, LYON_HOME, device, "app")
    story.use(8, 1200, LYON_HOME, device, "app").sign_on(10, 480, LYON, CHROME, "desk")
    for step in range(4):
        story.use(10, 600 + step * 8, behind, device, "app")
        story.use(10, 604 + step * 8, LYON, CHROME, "desk")
    return found(story)


def test_a_phone_by_its_vpn_lies_beside_the_computer_that_its_owner_works_at() -> None:
    assert not loud(beside_the_desk(ANDROID, VPN))
    assert loud(beside_the_desk(ANDROID, SERVER)), "a phone's cookie, used on a server"
    assert loud(beside_the_desk(FIREFOX, SERVER))


def test_there_and_back_is_told_a_few_times_only() -> None:
    story = at_work()
    for step in range(40):
        story.use(9, 500 + step * 8, MOSCOW, LINUX, STOLEN)
        story.use(9, 504 + step * 8, LYON, CHROME, STOLEN)
    findings = found(story)
    assert 1 <= len(findings) <= 4
    assert findings[-1].evidence.facts["moves"] > 2


def test_a_cookie_used_next_door_by_another_browser() -> None:
    """Two computers at two addresses of one line: nearly a call, and one with the first turn."""
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 480, LYON, CHROME, "s")
    story.use(9, 600, LYON.leased("192.0.2.99"), FIREFOX, "s")
    [at_first] = found(story)
    assert 4.0 <= at_first.evidence.weights.taken_over < MEDIUM_USE
    story.use(9, 604, LYON, CHROME, "s").use(9, 609, LYON.leased("192.0.2.99"), FIREFOX, "s")
    assert loud(found(story))


def test_a_browser_update() -> None:
    """The fingerprint leaves the version out, so nothing changes."""
    story = at_work()
    for event in story.events[::2]:
        assert event.uid is None
    assert not found(story)


@pytest.mark.parametrize("device", [IPHONE, ANDROID, IPAD])
@pytest.mark.parametrize("at", [PARIS_MOBILE, MADRID, TANA])
def test_a_phone_from_wifi_to_mobile_and_roaming(device: Device, at: Where) -> None:
    """A phone goes from Wi-Fi to a carrier that surfaces anywhere, with one session."""
    story = Story().work(range(5), LYON, CHROME).sign_on(4, 400, LYON_HOME, device, "app")
    for step in range(12):
        story.use(4, 403 + step * 7, at if step % 2 else LYON_HOME, device, "app")
    assert not found(story)


def test_a_laptop_on_a_mobile_line() -> None:
    """The same computer through its phone, time and again where the Wi-Fi is weak."""
    assert not loud(found(stolen(PARIS_MOBILE, CHROME)))


def interleaved(at: Where, pause: int, times: int = 4, known: bool = False) -> Story:
    """The owner's session from its own line and, with the same browser, from `at`, by turns."""
    story = Story().work(range(9), LYON, CHROME)
    if known:
        story.work(range(5), at, CHROME, 1100, 1200)
    story.sign_on(9, 480, LYON, CHROME, "s")
    for turn in range(times):
        story.use(9, 500 + 2 * turn * pause, at, CHROME, "s")
        story.use(9, 500 + (2 * turn + 1) * pause, LYON, CHROME, "s")
    return story


def test_a_copied_cookie_in_the_country_act_by_act_between_the_owners() -> None:
    """One browser does not come back to the very address it left, from a town away, in 20 minutes,
    and again."""
    assert loud(found(interleaved(PARIS, 20)))


def test_two_lines_that_the_owner_signs_on_from_are_no_thiefs() -> None:
    """A VPN of the company and the line at home: a copy of a cookie signs on nowhere."""
    assert not found(interleaved(PARIS, 20, known=True))
    story = interleaved(PARIS.leased("198.18.7.7"), 20, known=True)
    assert not found(story)


def test_a_session_that_was_signed_on_at_a_new_line_comes_home() -> None:
    """The first day of a company's VPN: somebody signed on there, and goes on at home by turns."""
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 480, PARIS, CHROME, "s")
    for turn in range(4):
        story.use(9, 500 + 40 * turn, LYON, CHROME, "s").use(9, 520 + 40 * turn, PARIS, CHROME, "s")
    assert not found(story)


def test_the_owners_server_is_one_that_was_signed_on_from_on_a_day_before() -> None:
    """A VPN of one's own at a hosting provider: not on the day on which it first shows."""

    def by_server(days: int) -> list[Finding]:
        story = Story().work(range(9), LYON, CHROME)
        story.work(range(9 - days, 9), SERVER, CHROME, 1100, 1200)
        story.sign_on(9, 480, LYON, CHROME, "s")
        for turn in range(3):
            story.use(9, 500 + 20 * turn, SERVER, CHROME, "s")
            story.use(9, 510 + 20 * turn, LYON, CHROME, "s")
        return found(story)

    assert not by_server(4)
    assert loud(by_server(0))


def test_two_who_hold_a_session_in_one_town_act_within_minutes() -> None:
    """Both go on at once, from the owner's line and from one that nobody used before."""
    neighbour = LYON_HOME.leased("198.18.7.7")
    assert loud(found(interleaved(neighbour, 2)))
    assert not loud(found(interleaved(neighbour, 10, times=2)))


@pytest.mark.parametrize("at", [LYON.leased("198.18.7.7"), PARIS_MOBILE])
def test_two_exits_of_one_provider_and_a_phones_line_need_more_of_it(at: Where) -> None:
    assert not loud(found(interleaved(at, 2, times=1)))
    assert loud(found(interleaved(at, 2, times=4)))


def test_the_wifi_fails_for_an_hour_and_the_phone_stands_in() -> None:
    """A computer that goes to and fro by itself as often as the Wi-Fi fails."""
    assert not loud(found(interleaved(PARIS_MOBILE, 5, times=2)))


def test_the_ipv6_at_home_and_another_operators_line_far_off_are_two_places() -> None:
    """One line has one operator; a VPN that carries IPv4 only is switched on, and off again."""
    story = Story().work(range(9), LYON_HOME.leased("2001:db8::1"), CHROME)
    story.sign_on(9, 480, LYON_HOME.leased("2001:db8::1"), CHROME, "s")
    for turn in range(4):
        story.use(9, 500 + 10 * turn, PARIS, CHROME, "s")
        story.use(9, 505 + 10 * turn, LYON_HOME.leased("2001:db8::1"), CHROME, "s")
    assert loud(found(story))
    once = Story().work(range(9), LYON.leased("2001:db8::1"), CHROME)
    once.sign_on(9, 480, LYON.leased("2001:db8::1"), CHROME, "s")
    once.use(9, 500, PARIS, CHROME, "s").use(9, 520, LYON.leased("2001:db8::1"), CHROME, "s")
    assert not loud(found(once))


def test_a_session_that_goes_to_and_fro_many_times_is_beyond_doubt() -> None:
    """Whatever else says that several people use the account: these two use one session."""
    often = found(interleaved(PARIS, 5, times=8))
    assert [f for f in often if f.evidence.group == "session_often"]
    seldom = found(interleaved(PARIS, 20, times=2))
    assert loud(seldom)
    assert not [f for f in seldom if f.evidence.group == "session_often"]


def test_two_lines_that_both_came_up_today_are_not_weighed_by_minutes() -> None:
    """A laptop on a journey, with a VPN that is switched on and off: neither is known."""
    story = Story().work(range(9), LYON, CHROME)
    one, other = LYON_HOME.leased("198.18.7.7"), LYON_HOME.leased("198.18.9.9")
    story.sign_on(9, 480, one, CHROME, "s")
    for turn in range(6):
        story.use(9, 500 + 4 * turn, other, CHROME, "s").use(9, 502 + 4 * turn, one, CHROME, "s")
    assert not found(story)


def colleagues(*at: Where, share: float) -> Context:
    """A tenant of which so many sign on from these addresses."""
    addresses = {address_of(one.ip): share for one in at if one.ip}
    return Context(populations={"acme": Population(addresses=addresses)})


def test_a_companys_exit_that_some_of_its_people_use() -> None:
    """From one's own line to an address that colleagues come from, and back, on the very first
    day."""
    by_turns = interleaved(PARIS, 20).sorted()
    exit_ = colleagues(PARIS, share=0.02)
    assert loud(run(SessionHijacking(), by_turns, colleagues(PARIS, share=0.002)))
    assert not loud(run(SessionHijacking(), by_turns, exit_))


def test_a_cookie_of_somebody_at_the_office() -> None:
    """That many sign on from the owner's office says nothing of where the thief is."""
    office = colleagues(LYON, share=0.5)
    assert loud(run(SessionHijacking(), interleaved(PARIS, 20).sorted(), office))


def test_an_office_with_two_providers() -> None:
    """Its flows go over either, and most of its people come from both."""
    both = colleagues(LYON, PARIS, share=0.3)
    assert not run(SessionHijacking(), interleaved(PARIS, 2, times=30).sorted(), both)


def test_a_way_that_another_session_went_on_a_day_before_is_a_habit() -> None:
    """A company's exit is switched on and off every day; a cookie is stolen of one session."""
    story = Story().work(range(9), LYON, CHROME)
    for day in (8, 9):
        story.sign_on(day, 480, LYON, CHROME, f"s{day}")
    story.use(8, 500, PARIS, CHROME, "s8").use(8, 620, LYON, CHROME, "s8")
    for turn in range(4):
        story.use(9, 500 + 40 * turn, PARIS, CHROME, "s9")
        story.use(9, 520 + 40 * turn, LYON, CHROME, "s9")
    assert not loud(found(story))


def test_what_a_reviewer_was_called_for_is_nobodys_habit() -> None:
    """A thief with a second cookie, by the way that gave the first one away."""
    story = Story().work(range(10), LYON, CHROME)
    for day in (9, 10):
        story.sign_on(day, 480, LYON, CHROME, f"s{day}")
        story.use(day, 500, MOSCOW, CHROME, f"s{day}").use(day, 503, MOSCOW, CHROME, f"s{day}")
    assert {finding.time // DAY for finding in found(story)} == {
        moment(day, 0) // DAY for day in (9, 10)
    }


def test_a_strangers_sign_on_makes_no_line_the_owners() -> None:
    """Who signed on from Moscow the day before uses a cookie of the office there."""
    story = at_work().sign_on(8, 1200, MOSCOW, FIREFOX, "stranger")
    story.use(9, 600, MOSCOW, CHROME, STOLEN).use(9, 603, MOSCOW, CHROME, STOLEN)
    assert loud(run(SessionHijacking(), story.sorted(), colleagues(LYON, share=0.5)))


def test_a_rented_exit_that_a_few_colleagues_use_excuses_nobody() -> None:
    by_turns = stolen(SERVER, CHROME, 600, 603, 612)
    alone = loud(found(by_turns))
    assert alone
    assert loud(run(SessionHijacking(), by_turns.sorted(), colleagues(SERVER, share=0.02)))


def test_in_an_accounts_first_days_nothing_tells_whose_line_is_whose() -> None:
    story = Story().sign_on(0, 480, LYON, CHROME, "s")
    for turn in range(4):
        story.use(0, 500 + 40 * turn, PARIS, CHROME, "s")
        story.use(0, 520 + 40 * turn, LYON, CHROME, "s")
    assert not loud(found(story))
    assert not loud(run(SessionHijacking(), story.sorted(), colleagues(PARIS, share=0.2)))


def test_nobody_is_in_two_towns_in_the_first_days_either() -> None:
    """Where the tenant's people are counted, and neither line is a way out of the company."""
    story = Story().sign_on(0, 480, LYON, CHROME, "s")
    for turn in range(4):
        story.use(0, 500 + 40 * turn, PARIS, CHROME, "s")
        story.use(0, 520 + 40 * turn, LYON, CHROME, "s")
    assert loud(run(SessionHijacking(), story.sorted(), colleagues(MADRID, share=0.5)))
    near = Story().sign_on(0, 480, LYON, CHROME, "s")
    for turn in range(4):
        near.use(0, 500 + 40 * turn, LYON_HOME, CHROME, "s")
        near.use(0, 520 + 40 * turn, LYON, CHROME, "s")
    assert not loud(run(SessionHijacking(), near.sorted(), colleagues(MADRID, share=0.5)))


def test_a_day_at_two_desks_is_not_that() -> None:
    """A laptop between the office and a site an hour away: no journey takes 20 minutes."""
    assert not loud(found(interleaved(PARIS, 90)))


def test_one_way_and_back_again_is_not_enough() -> None:
    """A company's exit elsewhere, for once."""
    assert not loud(found(interleaved(PARIS, 25, times=1, known=True)))


def test_returns_from_a_server_also_when_they_are_slow() -> None:
    """A log that tells renewals only: an hour between two acts, and yet both hold the session."""
    in_the_country = SERVER._replace(place=PARIS.place)
    assert loud(found(interleaved(in_the_country, 50, times=3)))
    assert not loud(found(interleaved(in_the_country, 50, times=1)))


def test_an_office_on_a_phones_line_and_a_server_by_turns() -> None:
    """Where no fixed line is, the office is behind a mobile one; a VPN is not switched so often."""
    story = Story().work(range(9), PARIS_MOBILE, CHROME)
    story.sign_on(9, 480, PARIS_MOBILE, CHROME, "s")
    for turn in range(5):
        story.use(9, 500 + turn * 40, SERVER, CHROME, "s")
        story.use(9, 520 + turn * 40, PARIS_MOBILE, CHROME, "s")
        if turn == 0:
            assert not loud(found(story))
    assert loud(found(story))


def test_a_vpn_that_no_list_knows_is_switched_on_in_the_middle_of_a_day() -> None:
    """Its exit is abroad, the session and the browser are the same, and stay there."""
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 480, LYON, CHROME, "s")
    for minute in range(600, 900, 20):
        story.use(9, minute, SERVER, CHROME, "s")
    assert not loud(found(story))


def test_an_account_that_uses_a_vpn_comes_out_of_servers_too() -> None:
    """One exit of its VPN is in no list: a session goes there for an afternoon, and comes back."""
    story = Story().work(range(9), LYON, CHROME).work(range(9), VPN, CHROME, 1_100, 1_200)
    story.sign_on(9, 480, LYON, CHROME, "s")
    for minute in range(600, 800, 20):
        story.use(9, minute, SERVER, CHROME, "s")
    assert not loud(found(story.use(9, 900, LYON, CHROME, "s")))


def test_a_phones_relay_that_the_list_calls_a_server() -> None:
    """A telephone's browser through its maker's relay, and not, by turns."""
    story = Story().work(range(9), LYON, CHROME).work(range(9), LYON, IPHONE, 500, 600)
    story.sign_on(9, 480, LYON, IPHONE, "p")
    for turn in range(2):
        story.use(9, 500 + turn * 60, SERVER, IPHONE, "p").use(
            9, 530 + turn * 60, LYON, IPHONE, "p"
        )
    assert not loud(found(story))


def test_privacy_addresses_and_leases() -> None:
    """Other addresses of one network at one place, IPv4 and IPv6."""
    story = at_work()
    for step in range(20):
        story.use(9, 500 + step * 9, LYON.leased(f"2001:db8::{step:x}"), CHROME, STOLEN)
    assert not found(story)


def test_a_vpn_switched_on_and_off() -> None:
    """The same device, masked in the morning, not in the afternoon, and masked again."""
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 480, LYON, CHROME, "s")
    for start, at in ((590, VPN), (700, LYON), (800, VPN), (900, LYON)):
        for step in range(7):
            story.use(9, start + step * 16, at, CHROME, "s")
    assert not loud(found(story))


def test_a_vpn_that_carries_only_one_family_of_addresses() -> None:
    """IPv4 through the VPN, IPv6 beside it: they alternate all day."""
    story = at_work()
    for step in range(30):
        at = VPN if step % 2 else LYON.leased("2001:db8::7")
        story.use(9, 1100 + step * 3, at, CHROME, STOLEN)
    assert not loud(found(story))


def test_a_vpn_that_the_account_always_used() -> None:
    """Known as a network of the account: however often it is switched."""
    story = Story().work(range(5), VPN, CHROME, 480, 600).work(range(5), LYON, CHROME, 620)
    for step in range(20):
        story.use(4, 700 + step * 8, VPN if step % 2 else LYON, CHROME, "alice-chrome-windows-4")
    assert not loud(found(story))


def test_a_laptop_carried_home() -> None:
    """One session, one device, another line of the town."""
    assert not found(stolen(LYON_HOME, CHROME, 1060, 1070, 1085))


def test_an_address_located_elsewhere_in_the_country() -> None:
    """Databases err inside countries; the same device is no second hand."""
    assert not found(stolen(PARIS, CHROME, 1060, 1070, 1085))


def test_another_face_of_one_browser_is_only_a_remark() -> None:
    """A phone asks for the desktop page: another user agent at the same address."""
    story = Story().sign_on(0, 480, LYON, ANDROID, "s").use(0, 485, LYON, LINUX, "s")
    story.use(0, 490, LYON, ANDROID, "s").use(0, 495, LYON, LINUX, "s")
    assert not loud(found(story))


def test_a_sign_on_proves_its_own_hands() -> None:
    """An identity provider that gives one id to an account: both devices signed in with it."""
    story = Story()
    for day in range(5):
        story.sign_on(day, 480, LYON, CHROME, "sid").sign_on(day, 500, PARIS_MOBILE, IPHONE, "sid")
        for step in range(10):
            ends = ((LYON, CHROME), (PARIS_MOBILE, IPHONE))
            story.use(day, 510 + step * 11, *ends[step % 2], "sid")
    assert not found(story)


def let_in(*, at_once: bool) -> Story:
    """Single sign-on that lets a stranger's browser in by the session of the morning; whether two
    sessions of the account were used at once."""
    story = at_work()
    if at_once:
        story.sign_on(9, 500, LYON, FIREFOX, "b").use(9, 560, LYON, FIREFOX, "b")
    return story.sign_on(9, 600, MADRID, LINUX, STOLEN)


def of_versions(at: Where, older: int) -> list[Event]:
    """One session, used here by Chrome 158, and there by an older one."""
    story = at_work()
    for turn in range(5):
        story.use(9, 500 + 10 * turn, LYON, CHROME, STOLEN)
        story.use(9, 504 + 10 * turn, at, CHROME, STOLEN)
    versions = cycle((158, older))
    return [
        structs.replace(e, user_agent=f"Mozilla/5.0 Chrome/{next(versions)}.0.0.0")
        if isinstance(e, SignIn) and e.session == STOLEN and e.activity is Activity.OTHER
        else e
        for e in story.sorted()
    ]


def found_of_versions(at: Where, older: int) -> list[Finding]:
    """What is found of these."""
    return run(SessionHijacking(), of_versions(at, older))


def test_a_sign_on_by_a_live_session_is_that_sessions() -> None:
    """The cookie of an identity provider opens an application elsewhere, and nobody is asked."""
    assert loud(found(let_in(at_once=True)))


def test_where_ids_may_be_of_accounts_or_of_days_a_sign_on_is_one() -> None:
    """Never were two ids in use at once: it may be one for all that the account is signed in
    on."""
    assert not found(let_in(at_once=False))


def test_whoever_gives_a_second_factor_signs_on() -> None:
    """A code scanned with a new telephone, or another proof on the way."""
    events = [
        structs.replace(e, mfa=True) if isinstance(e, SignIn) and e.ip == MADRID.ip else e
        for e in let_in(at_once=True).sorted()
    ]
    assert not run(SessionHijacking(), events)


def test_whoever_fails_to_sign_on_under_a_live_id_turns_nothing_off() -> None:
    """Before the account's own sessions showed whose ids they are."""
    story = at_work().tell(moment(9, 485), MADRID, LINUX, STOLEN, Activity.LOGON, Outcome.FAILURE)
    story.sign_on(9, 500, LYON, FIREFOX, "b").use(9, 560, LYON, FIREFOX, "b")
    assert loud(found(story.sign_on(9, 600, MADRID, LINUX, STOLEN)))


def test_ids_of_applications_are_of_several_devices() -> None:
    """One id for each application, on the desk and on the telephone, and both at once."""
    story = Story()
    for day in range(4):
        for name, minute in (("crm", 480), ("mail", 500)):
            story.sign_on(day, minute, LYON, CHROME, name).use(
                day, minute + 200, LYON, CHROME, name
            )
        story.sign_on(day, 560, PARIS_MOBILE, IPHONE, "mail")
        story.use(day, 600, PARIS_MOBILE, IPHONE, "mail")
    story.sign_on(4, 480, LYON, CHROME, "crm").sign_on(4, 500, MADRID, LINUX, "crm")
    assert not found(story)


@pytest.mark.parametrize(
    ("at", "behind"),
    [
        (LYON.leased("192.0.2.99"), 1),
        (LYON.leased("198.18.7.7"), 38),
        (LYON.leased("2001:db8::9"), 1),
    ],
    ids=["a pool of addresses", "an application's own program", "the other family"],
)
def test_two_versions_that_are_no_neighbours(at: Where, behind: int) -> None:
    assert not loud(found_of_versions(at, 158 - behind))


def test_a_sign_on_by_a_session_of_yesterday_is_a_new_one() -> None:
    story = let_in(at_once=True).sign_on(10, 480, MADRID, LINUX, "b")
    assert len(loud(found(story))) == len(loud(found(let_in(at_once=True))))


@pytest.mark.parametrize("at", [LYON.leased("198.18.7.7"), LYON])
def test_a_neighbours_copy_of_the_cookie_has_an_older_program(at: Where) -> None:
    """One provider, two addresses, and to and fro between two versions: no program is set back.
    At one address that is a browser which tells another version by turns."""
    assert bool(loud(found_of_versions(at, 157))) == (at is not LYON)


@pytest.mark.parametrize("exits", [(LYON,), (LYON, LYON.leased("198.18.7.7"))])
def test_a_neighbours_copy_of_who_is_at_the_office(exits: tuple[Where, ...]) -> None:
    """What colleagues have is the owner's end; both ends are theirs where an office has two."""
    context = colleagues(*exits, share=0.3)
    told = run(SessionHijacking(), of_versions(LYON.leased("198.18.7.7"), 157), context)
    assert bool(loud(told)) == (len(exits) == 1)


def test_both_devices_and_networks_long_known() -> None:
    """A session that the account's own two devices pass on is a remark."""
    story = Story().work(range(8), LYON, CHROME).work(range(8), LYON_HOME, FIREFOX, 1100, 1200)
    story.use(7, 1210, LYON, CHROME, "alice-firefox-windows-7")
    assert not loud(found(story))


def test_sessions_that_the_log_does_not_name() -> None:
    """Without a session id there is none to steal."""
    story = Story()
    for step in range(20):
        story.use(0, step * 5, *((LYON, CHROME), (MOSCOW, LINUX))[step % 2], None)
    assert not found(story)


def test_what_failed_or_says_nothing_of_a_device() -> None:
    """A refused use, and one without user agent at a private address."""
    story = at_work().tell(moment(9, 600), MOSCOW, LINUX, STOLEN, outcome=Outcome.FAILURE)
    story.use(9, 601, OFFICE_LAN, None, STOLEN)
    assert not found(story)


def test_a_session_gone_to_a_server_abroad_is_called_at_once() -> None:
    abroad = SERVER._replace(place=TOKYO.place)
    assert loud(found(stolen(abroad, CHROME)))


def test_a_companys_exit_at_home_is_not() -> None:
    at_home = SERVER._replace(place=LYON.place)
    told = found(stolen(at_home, CHROME, 600))
    assert told[0].evidence.weights.taken_over < 5


def test_from_a_mobile_line_to_a_server_by_a_computer() -> None:
    """A tethered laptop does not move to a data centre by itself."""
    story = Story().work(range(10), PARIS_MOBILE, CHROME)
    story.sign_on(10, 480, PARIS_MOBILE, CHROME, "s").use(10, 600, SERVER, CHROME, "s")
    assert found(story)
    phone = Story().work(range(10), PARIS_MOBILE, IPHONE)
    phone.sign_on(10, 480, PARIS_MOBILE, IPHONE, "s").use(10, 600, SERVER, IPHONE, "s")
    assert not [f for f in found(phone) if f.evidence.weights.taken_over > 2.0]


def test_a_habit_of_vpns_makes_servers_likely() -> None:
    """Exits that no list knows, within the session as ever."""
    plain = at_work().sign_on(10, 480, LYON, CHROME, "work").use(10, 640, SERVER, CHROME, "work")
    story = Story()
    for day in range(10):
        story.work([day], LYON, CHROME).use(day, 700, VPN, CHROME, f"alice-chrome-windows-{day}")
    story.sign_on(10, 480, LYON, CHROME, "work").use(10, 640, SERVER, CHROME, "work")
    by_habit = max((f.evidence.weights.taken_over for f in found(story)), default=0.0)
    assert by_habit <= max(f.evidence.weights.taken_over for f in found(plain)) - 2.0


def test_one_day_behind_a_vpn_before_makes_servers_likelier() -> None:
    """The same VPN switched on again, through an exit that no list knows."""
    plain = at_work().sign_on(10, 480, LYON, CHROME, "work").use(10, 640, SERVER, CHROME, "work")
    once = at_work().use(8, 700, VPN, CHROME, "alice-chrome-windows-8")
    once.sign_on(10, 480, LYON, CHROME, "work").use(10, 640, SERVER, CHROME, "work")
    most = [max(f.evidence.weights.taken_over for f in found(one)) for one in (once, plain)]
    assert most[0] <= most[1] - 1.4


def test_returns_between_two_towns_where_the_log_names_no_device() -> None:
    """Once or twice it is a telephone; act by act between the owner's it is another holder."""

    def by_turns(times: int, pause: float = 6) -> Story:
        story = Story().work(range(9), LYON, CHROME)
        for event in range(2 * times):
            at = (PARIS, LYON)[event % 2]
            story.tell(moment(9, 500 + pause * event), at, None, "s")
        return story.tell(moment(9, 480), LYON, None, "s", Activity.LOGON)

    assert loud(found(by_turns(5)))
    assert not found(by_turns(1))
    assert not found(by_turns(9, pause=25))


def test_a_session_used_on_after_its_owner_signed_off() -> None:
    """By a VPN, which alone would be nothing: but nobody switches it on to go on with what is
    over."""
    story = at_work().use(9, 1022, VPN, CHROME, STOLEN)
    assert not loud(found(story))
    story = at_work().sign_off(9, 1021, LYON, CHROME, STOLEN).use(9, 1022, VPN, CHROME, STOLEN)
    [finding] = loud(found(story))
    assert finding.evidence.facts["from_ip"] == LYON.ip
    assert finding.evidence.facts["minutes"] == 1.0


def test_whoever_goes_on_at_the_desk_after_a_sign_off_at_the_applications_server() -> None:
    story = at_work().sign_off(9, 1021, SERVER, CHROME, STOLEN).use(9, 1023, LYON, CHROME, STOLEN)
    assert not loud(found(story))


def test_whoever_signs_off_and_on_again_by_a_vpn() -> None:
    story = at_work().sign_off(9, 1021, LYON, CHROME, STOLEN)
    story.sign_on(9, 1022, VPN, CHROME, STOLEN).use(9, 1030, VPN, CHROME, STOLEN)
    assert not loud(found(story))


PHONES_LINE = LYON.leased("192.0.2.131")
"""The line that a carrier gives a phone: of one AS number with the fixed ones, and at home wherever
the phone is."""


def test_a_traveller_goes_from_the_phones_line_to_the_hotels() -> None:
    """A phone abroad comes out at its operator's: nobody went anywhere within the quarter."""
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 470, PHONES_LINE, CHROME, "s")
    story.use(9, 480, PHONES_LINE, CHROME, "s")
    for minute in range(495, 900, 15):
        story.use(9, minute, MADRID, CHROME, "s")
    assert sum(f.evidence.weights.taken_over for f in found(story)) < 1.5


def test_who_steals_a_session_from_there_takes_turns_with_its_owner() -> None:
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 470, PHONES_LINE, CHROME, "s")
    for minute in range(480, 560, 10):
        story.use(9, minute, MADRID, CHROME, "s").use(9, minute + 5, PHONES_LINE, CHROME, "s")
    assert loud(found(story))


def test_a_session_of_days_is_at_its_usual_line() -> None:
    """Nobody signs on anew each day: the line is known by the very session that is stolen."""
    story = Story().sign_on(0, 480, LYON, CHROME, "s")
    for day in range(10):
        for minute in range(490, 900, 30):
            story.use(day, minute, LYON, CHROME, "s")
    assert loud(found(story.use(10, 500, LYON, CHROME, "s").use(10, 510, MOSCOW, CHROME, "s")))


def test_the_line_of_the_usual_desk_is_one_with_new_addresses_of_ipv6() -> None:
    at_home = LYON.leased("2001:db8:1:1::a")
    story = Story().work(range(9), at_home, CHROME)
    story.sign_on(9, 480, at_home.leased("2001:db8:1:1::b"), CHROME, "s")
    assert loud(found(story.use(9, 500, MOSCOW, CHROME, "s")))


@pytest.mark.parametrize("line", ["192.0.2.{}", "192.0.{}.9"])
def test_the_line_of_the_usual_desk_is_one_with_another_address_every_day(line: str) -> None:
    story = Story()
    for day in range(9):
        story.work([day], LYON.leased(line.format(101 + day)), CHROME, name=f"d{day}")
    at_home = LYON.leased(line.format(140))
    story.sign_on(9, 480, at_home, CHROME, "s").use(9, 490, at_home, CHROME, "s")
    assert loud(found(story.use(9, 500, MOSCOW, CHROME, "s")))


def test_who_has_sat_there_for_an_hour_has_not_come_through() -> None:
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 470, PHONES_LINE, CHROME, "s")
    for minute in (475, 482, 495, 503, 519, 528, 541, 556):
        story.use(9, minute, PHONES_LINE, CHROME, "s")
    assert loud(found(story.use(9, 565, MOSCOW, CHROME, "s")))


def test_a_vpn_that_no_list_knows_comes_up_at_a_guests() -> None:
    guests = LYON_HOME.leased("192.0.2.180")
    story = (
        Story().work(range(9), LYON, CHROME).work(range(9), LYON_HOME, CHROME, 1100, 1140, name="b")
    )
    story.sign_on(9, 480, guests, CHROME, "s").use(9, 490, SERVER, CHROME, "s")
    assert sum(f.evidence.weights.taken_over for f in found(story)) < 2.5


def hotspot(times: int, at: Where, phones: Where | None = None) -> Story:
    """A computer between its fixed line and a carrier's, so many times there and back."""
    story = at_work()
    if phones is not None:
        story.work(range(9), phones, ANDROID, 1100, 1140, name="phone")
    for step in range(times):
        story.use(9, 600 + step * 10, at, CHROME, STOLEN)
        story.use(9, 606 + step * 10, LYON, CHROME, STOLEN)
    return story


def test_the_phone_stands_in_as_often_as_the_wifi_fails() -> None:
    assert not found(hotspot(6, PARIS_MOBILE))
    assert loud(found(hotspot(20, PARIS_MOBILE)))


ITALIAN = where("198.51.100.77", "IT", "Milan", 45.46, 9.19, 5410, "Bouygues", NetworkKind.MOBILE)


def test_the_carrier_of_the_accounts_own_phone_is_located_anywhere() -> None:
    """A carrier's addresses are located where none of its customers is."""
    assert not found(hotspot(6, ITALIAN, PARIS_MOBILE))
    assert loud(found(hotspot(6, ITALIAN)))


def test_a_carrier_of_the_tenants_people_is_located_anywhere_too() -> None:
    """Over a phone of which nothing was seen."""
    assert ITALIAN.network is not None
    population = Population(networks={f"{ITALIAN.network.asn}": 0.05}, countries={"FR": 1.0})
    by_turns = hotspot(6, ITALIAN).sorted()
    assert loud(run(SessionHijacking(), by_turns))
    context = Context(populations={"acme": population})
    assert not run(SessionHijacking(), by_turns, context)


NIGERIAN = where(
    "102.91.78.114", "NG", "Abuja", 9.06, 7.49, 29465, "MTN Nigeria", NetworkKind.MOBILE
)


def hourly(times: int, at: Where, home: Where, device: Device | None) -> Story:
    """A page that renews its token once an hour, and its copy elsewhere by turns with it."""
    story = Story().work(range(9), home, device, name="desk")
    home = home.leased("192.0.2.180")
    story.sign_on(9, 480, home, device, STOLEN)
    for hour in range(times):
        story.renew(9, 540 + 60 * hour, home, device, STOLEN)
        story.renew(9, 565 + 60 * hour, at, device, STOLEN)
    return story


@pytest.mark.parametrize("device", [CHROME, None])
def test_an_hourly_page_and_its_copy_where_none_of_the_tenants_people_are(
    device: Device | None,
) -> None:
    population = Population(networks={"3215": 0.6}, countries={"FR": 1.0}, days=30)
    context = Context(populations={"acme": population})
    by_turns = hourly(5, NIGERIAN, LYON, device).sorted()
    assert loud(run(SessionHijacking(), by_turns, context))
    assert not loud(run(SessionHijacking(), by_turns)), "it may be the phone that lies beside"
    tethered = hourly(5, NIGERIAN, PARIS_MOBILE, device).sorted()
    assert not loud(run(SessionHijacking(), tethered, context)), "a card from home, abroad"
    theirs = structs.replace(population, countries={"FR": 0.9, "NG": 0.1})
    ours = Context(populations={"acme": theirs})
    assert not loud(run(SessionHijacking(), by_turns, ours)), "colleagues are there"


def test_a_foreign_card_stands_in_for_the_wifi_once_a_day() -> None:
    """One session of a program on five days, an hour of each on the card of another country."""
    population = Population(networks={"3215": 0.6}, countries={"FR": 1.0}, days=30)
    story = Story().work(range(9), LYON, None, name="desk").sign_on(9, 480, LYON, None, "s")
    for day in range(9, 14):
        story.renew(day, 540, LYON, None, "s").renew(day, 570, NIGERIAN, None, "s")
        story.renew(day, 610, LYON, None, "s")
    context = Context(populations={"acme": population})
    assert not run(SessionHijacking(), story.sorted(), context)


FRENCH = Context(
    populations={"acme": Population(networks={"3215": 0.6}, countries={"FR": 1.0}, days=30)}
)


def gone_abroad(*, signs_on: bool, desk: Where = LYON) -> Story:
    """A session that goes abroad from a line of the morning, and its owner at the desk, or not."""
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 470, PHONES_LINE, CHROME, "s")
    story.use(9, 480, PHONES_LINE, CHROME, "s").use(9, 495, MOSCOW, CHROME, "s")
    for turn in range(2):
        if signs_on:
            (story.use if turn else story.sign_on)(9, 505 + 31 * turn, desk, CHROME, "anew")
        story.use(9, 512 + 29 * turn, MOSCOW, CHROME, "s")
    return story


def test_a_session_abroad_beside_its_owner_who_signed_on_anew() -> None:
    """The owner is at the usual desk: it was no journey, and no thief signs on."""
    assert not loud(found(gone_abroad(signs_on=False)))
    told = found(gone_abroad(signs_on=True))
    assert [f.time for f in loud(told)] == [moment(9, 541)], "from the second time on"
    assert told[-1].evidence.facts["from_place"] == "Lyon (FR)"
    assert not loud(found(gone_abroad(signs_on=True, desk=MOSCOW))), "the owner is there as well"
    at_once = run(SessionHijacking(), gone_abroad(signs_on=True).sorted(), FRENCH)
    assert [f.time for f in loud(at_once)] == [moment(9, 512)], "none of the tenant's people are"


def household(number: int, city: str, latitude: float, longitude: float) -> Where:
    """A line of an operator of its own."""
    address, asn = f"198.18.{number}.9", 64_600 + number
    return where(address, "FR", city, latitude, longitude, asn, f"Operator {number}")


APART = (
    household(1, "Lille", 50.63, 3.06),
    household(2, "Nice", 43.7, 7.27),
    household(3, "Brest", 48.39, -4.49),
)
CAFES = tuple(household(number, "Lyon", 45.76, 4.84) for number in range(4, 8))


def rotating(*lines: Where, device: Device = CHROME, pause: int = 7) -> Story:
    """A session that goes on from one line after another."""
    story = Story().work(range(9), LYON, CHROME).work(range(9), LYON, IPHONE, 500, 600)
    story.sign_on(9, 480, LYON, device, "s").use(9, 490, LYON, device, "s")
    for number, at in enumerate(lines):
        story.use(9, 500 + number * pause, at, device, "s")
    return story


def test_a_session_on_one_strange_line_after_another_within_minutes() -> None:
    assert loud(found(rotating(*APART)))
    assert not loud(found(rotating(*APART[:2])))
    assert not found(rotating(*APART, device=IPHONE)), "a phone may be located anywhere"
    assert APART[0].network is not None
    one = [at._replace(network=APART[0].network) for at in APART]
    assert not found(rotating(*one)), "one operator, whose lines are located anywhere"
    assert loud(found(rotating(*CAFES))), "no three of them within the hour"


def test_who_works_in_cafes_comes_to_two_strange_lines_in_a_day() -> None:
    assert not found(rotating(*CAFES[:2], pause=60))
    assert not found(rotating(*CAFES[:2], CAFES[0], CAFES[1], pause=70)), "and back again"
    assert not found(rotating(*CAFES, pause=181)), "never three within six hours"


def test_exits_of_the_tenant_are_no_strange_lines() -> None:
    exits = frozenset(address_of(at.ip or "") for at in CAFES)
    context = Context(populations={"acme": Population(exits=exits)})
    assert not loud(run(SessionHijacking(), rotating(*CAFES).sorted(), context))


HOME = LYON_HOME.leased("198.18.40.7")
"""Where the owner lives, and the phone has its Wi-Fi."""


def phones(to: Where, *, after: int = 8, turns: int = 0, known: bool = True) -> list[Finding]:
    """A phone's session that goes from the line at home to another one, minutes after."""
    story = Story().work(range(9), LYON, CHROME)
    if known:
        story.work(range(9), HOME, IPHONE, 1100, 1140, name="evening")
    story.sign_on(9, 400, HOME, IPHONE, "app").use(9, 480, HOME, IPHONE, "app")
    for turn in range(turns + 1):
        story.use(9, 480 + after * (2 * turn + 1), to, IPHONE, "app")
        if turn < turns:
            story.use(9, 480 + after * (2 * turn + 2), HOME, IPHONE, "app")
    return run(SessionHijacking(), story.sorted(), FRENCH)


@pytest.mark.parametrize("at", [MOSCOW, TOKYO])
def test_a_phones_session_at_a_fixed_line_where_none_of_the_tenants_people_are(at: Where) -> None:
    [finding] = phones(at)
    assert 2.5 < finding.evidence.weights.taken_over < MEDIUM_USE
    assert not phones(at, after=900), "somebody may have flown there"
    assert loud(phones(at, turns=3))


def test_the_same_on_the_phones_own_operator_or_a_vpn_says_nothing() -> None:
    assert not phones(MOSCOW._replace(network=HOME.network)), "which has its phones come out there"
    assert not phones(VPN), "which is switched on"
    assert not phones(NIGERIAN), "a card for journeys"


def test_the_phones_own_operator_by_turns_with_the_wifi_at_home_says_nothing_either() -> None:
    assert not phones(MOSCOW._replace(network=HOME.network), turns=3)


def test_from_a_line_that_the_account_did_not_have_before_a_phone_may_be_abroad_already() -> None:
    assert not phones(MOSCOW, known=False)


def token(
    at: Where,
    device: Device | None,
    activity: Activity = Activity.OTHER,
    *,
    tells: bool = True,
    named: str | None = None,
) -> list[Finding]:
    """Something done without a sign-on, in a log that names no sessions, or one."""
    story = Story()
    for day in range(9):
        for number in range(7):
            kind = Activity.LOGON if tells and not number else Activity.OTHER
            minute = 480 + 41 * number + PACE[number]
            story.tell(moment(day, minute), LYON, CHROME, named, kind)
    for minute in (600, 607, 630):
        story.tell(moment(9, minute), at, device, None, activity)
    return found(story)


@pytest.mark.parametrize("at", [MOSCOW, SERVER, VPN])
@pytest.mark.parametrize("activity", [Activity.OTHER, Activity.REFRESH])
def test_a_token_at_work_without_a_sign_on_where_nothing_was_ever_seen(
    at: Where, activity: Activity
) -> None:
    [finding] = token(at, LINUX, activity)
    assert loud([finding])
    assert finding.time == moment(9, 600)
    assert finding.evidence.facts["from_ip"] == LYON.ip


def test_what_is_no_strangers_token() -> None:
    assert not token(MOSCOW, LINUX, Activity.LOGON), "a sign-on, which others weigh"
    assert not token(MOSCOW, CHROME), "the owner's computer on a journey"
    assert not token(MOSCOW, IPHONE), "a new phone, signed on where the log does not tell"
    assert not token(MOSCOW, None)
    assert not token(LYON.leased("192.0.2.200"), LINUX), "a new computer at the office"
    assert not token(PARIS, LINUX), "or at a friend's"
    assert not token(MOSCOW, LINUX, tells=False), "a log that tells no sign-ons"
    assert not token(MOSCOW, LINUX, named="s"), "a log that names sessions, if not here"


class Crowded:
    """Colleagues at these addresses since yesterday."""

    def __init__(self, *at: Where) -> None:
        self.addresses = {one.ip for one in at}

    def is_crowded(
        self, subject: Subject, network: Network | None, ip: str, at: int, *, new: bool
    ) -> bool:
        """Whether it is one of them."""
        return ip in self.addresses


def split_tunnel(device: Device = CHROME) -> list[Event]:
    """Some of what a computer does goes out by a server, and some by the line that it is on."""
    story = Story().work(range(9), LYON, CHROME).sign_on(9, 480, LYON, CHROME, "s")
    for turn in range(4):
        story.use(9, 500 + 8 * turn, SERVER, device, "s").use(9, 504 + 8 * turn, LYON, CHROME, "s")
    return story.sorted()


def test_a_companys_split_tunnel_after_colleagues_came_there() -> None:
    moved, other = Context(crowds=Crowded(SERVER)), Context(crowds=Crowded(VPN, LYON))
    assert not run(SessionHijacking(), split_tunnel(), moved)
    assert loud(run(SessionHijacking(), split_tunnel(), other))
    assert loud(run(SessionHijacking(), split_tunnel(LINUX), moved)), "another machine"


def test_no_split_tunnel_sets_a_program_back() -> None:
    """Who copied the cookie of a colleague behind the company's new way out has an older one."""
    moved = Context(crowds=Crowded(SERVER))
    assert loud(run(SessionHijacking(), of_versions(SERVER, 157), moved))
