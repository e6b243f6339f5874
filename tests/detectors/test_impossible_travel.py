"""Impossible travel: who is found, and why everybody else is not."""

import pytest
from msgspec import structs

from detectors.core.context import Context
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.population import SHIPPED, Shares, address_of
from detectors.impossible_travel import (
    MAXIMUM_PAIRS,
    MOST_A_DAY,
    Facts,
    ImpossibleTravel,
    Parameters,
    State,
)
from tests.detectors.story import (
    ANDROID,
    CHROME,
    FIREFOX,
    IPAD,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    OFFICE_LAN,
    PACE,
    PARIS,
    PARIS_MOBILE,
    RELAY,
    SCRIPT,
    SERVER,
    STARLINK,
    TANA,
    TOKYO,
    VPN,
    Story,
    loud,
    run,
)


def found(story: Story) -> list[Finding]:
    """What impossible_travel finds."""
    return run(ImpossibleTravel(), story.sorted())


def two_countries(days: int = 3) -> Story:
    """Two people, Lyon and Antananarivo, the same hours since the account's first day."""
    story = Story().work(range(days), LYON, CHROME, 480)
    return story.work(range(days), TANA, FIREFOX, 487)


def takeover() -> Story:
    """A month in Lyon, then Moscow on a machine never seen, while Lyon works."""
    story = Story().work(range(30), LYON, CHROME)
    story.sign_on(29, 600, MOSCOW, LINUX_BOX, "stolen").use(29, 605, MOSCOW, LINUX_BOX, "stolen")
    return story


LINUX_BOX = structs.replace(FIREFOX, fingerprint="firefox-linux", os="Linux")


def two_cities(days: int = 3) -> Story:
    """Two people on two computers, Lyon and Paris."""
    story = Story().work(range(days), LYON, CHROME, 480)
    return story.work(range(days), PARIS, MAC, 483)


def hostile() -> list[Event]:
    """What the contract suite runs: two people in two countries."""
    return two_countries().sorted()


HOSTILE = (hostile, lambda: takeover().sorted())


def test_two_people_in_two_countries_are_sharing() -> None:
    findings = loud(found(two_countries()))
    assert findings
    weights = findings[-1].evidence.weights
    assert weights.shared > weights.taken_over
    facts = findings[0].evidence.facts
    assert {facts["from_place"], facts["to_place"]} == {"Lyon (FR)", "Antananarivo (MG)"}
    assert facts["distance_km"] == pytest.approx(8500, abs=500)


def test_sharing_since_the_first_day_does_not_become_innocent() -> None:
    last = loud(found(two_countries(days=20)))[-1]
    assert last.evidence.facts["days"] == 20
    assert last.evidence.weights.shared > 5.9


def test_two_people_on_two_computers_in_two_cities_are_sharing() -> None:
    assert loud(found(two_cities()))


def test_a_stranger_far_away_has_taken_over() -> None:
    findings = found(takeover())
    assert len(loud(findings)) == 1
    weights = findings[0].evidence.weights
    assert weights.taken_over > weights.shared
    # Anchored on the stranger's sign-on, with the owner's last activity beside it.
    assert findings[0].event_ids[0] != findings[0].event_ids[1]


def test_the_rightful_user_who_goes_on_is_not_told_of_again() -> None:
    story = takeover()
    lyon = [event.id for event in story.events if event.ip == LYON.ip]  # type: ignore[union-attr]
    assert not [f for f in loud(found(story)) if f.event_ids[0] in lyon]


def test_the_same_machine_copied_is_no_excuse_for_a_stranger_abroad() -> None:
    story = Story().work(range(30), LYON, CHROME)
    story.sign_on(29, 600, MOSCOW, CHROME, "stolen").use(29, 605, MOSCOW, CHROME, "stolen")
    story.use(29, 621, MOSCOW, CHROME, "stolen").use(29, 633, MOSCOW, CHROME, "stolen")
    assert loud(found(story))


def test_one_pair_of_places_speaks_at_most_a_few_times_a_day() -> None:
    assert len(found(two_countries(days=1))) <= 4
    assert len(found(two_countries(days=10))) <= 4 + 2 * 9


@pytest.mark.parametrize("hop", [VPN, SERVER, RELAY, STARLINK, OFFICE_LAN])
def test_a_hop_is_no_place(hop: object) -> None:
    """VPN, hosting, relay, satellite and private addresses do not say where anybody is."""
    story = Story().work(range(10), LYON, CHROME)
    for day in range(3, 10):
        story.sign_on(day, 601, hop, CHROME, f"hop-{day}")  # type: ignore[arg-type]
        story.use(day, 607, hop, CHROME, f"hop-{day}")  # type: ignore[arg-type]
    assert not found(story)


def test_a_traveller_at_real_speed() -> None:
    """Eight hours pass between Lyon and Madrid: anybody travels that."""
    story = Story().work(range(4), LYON, CHROME, 480, 720)
    story.sign_on(4, 480, LYON, CHROME, "out").sign_on(4, 960, MADRID, CHROME, "there")
    story.work(range(5, 9), MADRID, CHROME)
    assert not found(story)


def test_a_phone_that_roams_through_its_carrier_at_home() -> None:
    """The laptop is in Madrid, the phone's address in Paris: a known phone says nothing."""
    story = Story().work(range(5), LYON, CHROME)
    for day in range(5):
        story.sign_on(day, 700, PARIS_MOBILE, IPHONE, f"phone-{day}")
    for day in range(6, 12):
        story.work([day], MADRID, CHROME)
        for minute in (500, 611, 733, 902):
            story.use(day, minute, PARIS_MOBILE, IPHONE, f"phone-{day}")
    assert not loud(found(story))


SHARED_OUT = "198.51.100.{}"
"""Addresses of a carrier's line at home, one after the other, of no kind that tells so."""


@pytest.mark.parametrize("shows_itself", [True, False])
def test_a_laptop_on_the_hotspot_of_a_phone_that_roams(shows_itself: bool) -> None:
    """By the phone's line the laptop is in Paris, by the hotel's in Madrid minutes later."""
    story = Story().work(range(5), LYON, CHROME)
    assert PARIS.network is not None
    carrier = PARIS._replace(network=structs.replace(PARIS.network, asn=64_999))
    for day in range(6, 9):
        for step, minute in enumerate((490, 555, 640, 700)):
            line = carrier.leased(SHARED_OUT.format(8 * day + step))
            story.use(day, minute, line, CHROME, f"out-{day}-{step}")
            if shows_itself:
                story.use(day, minute + 4, line, IPHONE, f"phone-{day}-{step}")
        story.sign_on(day, 712, MADRID, MAC, f"hotel-{day}").use(
            day, 718, MADRID, MAC, f"hotel-{day}"
        )
        story.use(day, 725, carrier.leased(SHARED_OUT.format(8 * day + 7)), CHROME, f"late-{day}")
    assert not loud(found(story))


def test_the_own_line_with_a_phone_behind_it_is_a_place() -> None:
    """A stranger in Antananarivo is not at the desk in Lyon, though a phone is on its Wi-Fi."""
    story = Story().work(range(28), LYON, CHROME)
    for day in range(28):
        story.sign_on(day, 520, LYON, IPHONE, f"phone-{day}")
    story.work([29], LYON, CHROME).sign_on(29, 600, TANA, LINUX, "x").use(29, 607, TANA, LINUX, "x")
    assert loud(found(story))


@pytest.mark.parametrize("home", ["192.0.2.{}", "192.0.{}.9"])
def test_a_phone_on_the_wifi_of_a_line_with_another_address_every_day(home: str) -> None:
    """The phone is on the computer's line, which is no carrier's for that."""
    story = Story()
    for day in range(30):
        line = LYON.leased(home.format(101 + day))
        story.work([day], line, CHROME, name=f"d{day}")
        story.sign_on(day, 430, line, IPHONE, f"phone-{day}")
    story.sign_on(29, 600, TANA, LINUX, "x").use(29, 607, TANA, LINUX, "x")
    assert loud(found(story))


def test_a_traveller_on_the_first_day_of_the_log() -> None:
    """Nothing is known yet, and phone and laptop are a thousand kilometres apart all week."""
    story = Story()
    for day in range(7):
        story.work([day], MADRID, CHROME)
        story.sign_on(day, 482, PARIS_MOBILE, ANDROID, f"phone-{day}")
        for minute in (500, 611, 733, 902):
            story.use(day, minute, PARIS_MOBILE, ANDROID, f"phone-{day}")
    assert not loud(found(story))


@pytest.mark.parametrize("device", [IPHONE, IPAD])
def test_a_mobile_network_that_surfaces_in_the_capital(device: object) -> None:
    """390 km inside one country between a computer and a phone: where carriers surface."""
    story = Story().work(range(6), LYON, CHROME)
    for day in range(6):
        for minute in (490, 540, 613, 655, 800):
            story.tell(
                story.events[0].time + day * 86_400_000 + minute * 60_000,
                PARIS,
                device,  # type: ignore[arg-type]
                f"phone-{day}",
            )
    assert not found(story)


def test_a_laptop_located_wrongly_inside_its_country() -> None:
    """Home is located in Paris, the office in Lyon; the same person goes there and back daily."""
    story = Story()
    for day in range(10):
        story.work([day], PARIS, MAC, 420, 450).work([day], LYON, CHROME, 490, 1000)
        story.work([day], PARIS, MAC, 1025, 1100, name="evening")
    assert not found(story)


def test_home_and_office_of_one_town() -> None:
    """Two lines within the radius of error: there is no distance left over."""
    story = Story().work(range(6), LYON, CHROME).work(range(6), LYON_HOME, MAC, 482)
    assert not found(story)


def test_a_computer_left_open_renews_its_token() -> None:
    """The desktop in Lyon renews a token by itself while its owner is in Tokyo."""
    story = Story().work(range(6), LYON, CHROME)
    for step in range(150):
        story.renew(6 + step // 48, step % 48 * 30 + PACE[step % 10] / 2, LYON, CHROME, "open")
    story.work(range(7, 10), TOKYO, MAC)
    assert not found(story)


def test_a_computer_left_open_works_by_the_clock() -> None:
    """The desktop in Lyon polls every twenty minutes, as activity like any other."""
    story = Story().work(range(6), LYON, CHROME).sign_on(6, 480, LYON, CHROME, "open")
    for step in range(1, 250):
        story.use(6, 480 + step * 20 + step % 3 / 3, LYON, CHROME, "open")
    story.work(range(7, 10), TOKYO, MAC, 487)
    assert not found(story)


def test_a_page_that_never_rests_is_no_person() -> None:
    """Uneven, but day and night: from the second day on it counts as a machine's."""
    story = Story().work(range(6), LYON, CHROME).sign_on(6, 480, LYON, CHROME, "open")
    minute = 480.0
    for step in range(500):
        minute += PACE[step * 7 % 10] / 1.5
        story.use(6, minute, LYON, CHROME, "open")
    story.work(range(7, 9), TOKYO, CHROME, 700, 1000)
    assert not loud(found(story))


def test_a_service_with_a_person_far_away() -> None:
    """A known script and its owner's laptop: two programs, one owner."""
    story = Story().work(range(8), LYON, CHROME)
    for day in range(8):
        story.sign_on(day, 431 + day * 7, MADRID, SCRIPT, f"job-{day}")
        story.use(day, 640 + day * 11, MADRID, SCRIPT, f"job-{day}")
    assert not loud(found(story))


def test_a_log_without_devices_says_nothing_inside_a_country() -> None:
    """sshd names no device: none is no second device."""
    story = Story()
    for step in range(40):
        story.sign_on(0, step * 13, PARIS if step % 2 else LYON, None)
    assert not found(story)


def test_the_fastest_speed_is_a_parameter() -> None:
    story = Story().work(range(10), LYON, CHROME)
    story.sign_on(9, 1260, MOSCOW, LINUX_BOX, "later")
    detector = ImpossibleTravel(Parameters(fastest=100))
    assert run(detector, story.sorted())
    assert not found(story)


def test_pairs_are_bounded() -> None:
    story = Story()
    for step in range(200):
        place = TANA.place
        assert place is not None
        spot = TANA._replace(
            ip=f"203.0.113.{step}",
            place=structs.replace(place, latitude=-80.0 + step * 0.8, country=f"C{step % 50}"),
        )
        story.sign_on(0, step * 3, spot, CHROME if step % 2 else MAC, f"s{step}")
    detector = ImpossibleTravel()
    assert run(detector, story.sorted())
    state = State()
    assert len(state.pairs) <= MAXIMUM_PAIRS
    assert Facts.__struct_fields__ == tuple(run(detector, story.sorted())[0].evidence.facts)


def test_a_mobile_line_of_a_log_without_devices_may_be_a_phone_that_roams() -> None:
    story = Story()
    for day in range(12):
        story.sign_on(day, 480, TANA if day > 8 else LYON, None, f"desk-{day}")
        story.sign_on(day, 500, PARIS_MOBILE, None, f"phone-{day}")
        story.use(day, 520, TANA if day > 8 else LYON, None, f"desk-{day}")
        story.use(day, 533, PARIS_MOBILE, None, f"phone-{day}")
    assert not found(story)


def test_places_by_the_dozen_are_told_a_few_times_a_day() -> None:
    """A program at random addresses all over the world: counted, and not repeated."""
    story = Story()
    for step in range(400):
        place = TANA.place
        assert place is not None
        spot = TANA._replace(
            ip=f"203.0.113.{step % 250}",
            place=structs.replace(place, latitude=-80.0 + step * 0.4, country=f"C{step % 90}"),
        )
        story.sign_on(step // 200, step % 200 * 5, spot, CHROME if step % 2 else MAC, f"s{step}")
    told = run(ImpossibleTravel(), story.sorted())
    assert told
    assert len(told) <= 2 * (MOST_A_DAY + 6)


@pytest.mark.parametrize(
    ("device", "people", "expected"),
    [(CHROME, 200.0, False), (LINUX, 200.0, True), (CHROME, 2.0, True)],
    ids=["on the company's VPN", "another computer", "where nobody else is"],
)
def test_a_computer_on_the_companys_line_in_another_country_and_off_it(
    device, people, expected
) -> None:
    story = Story()
    for day in range(4):
        story.work([day], TANA, CHROME, 480, 720).work([day], PARIS, device, 730, 900, name="vpn")
        story.work([day], TANA, CHROME, 910, 1_000, name="late")
    assert PARIS.ip is not None
    address = address_of(PARIS.ip)
    shares = Shares(
        1_000.0,
        countries={"FR": 1_000.0 - people, "MG": people},
        addresses={address: 300.0},
        crowds=frozenset({address}),
    )
    context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
    assert run(ImpossibleTravel(), story.sorted())
    assert bool(run(ImpossibleTravel(), story.sorted(), context)) is expected


def test_between_two_countries_of_the_tenants_people_it_is_hardly_a_stranger() -> None:
    story = takeover()
    shares = Shares(1_000.0, countries={"FR": 700.0, "RU": 300.0})
    peopled = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
    [elsewhere, *_] = found(story)
    [among_colleagues, *_] = run(ImpossibleTravel(), story.sorted(), peopled)
    weights, before = among_colleagues.evidence.weights, elsewhere.evidence.weights
    assert weights.shared == before.shared
    assert weights.taken_over <= before.taken_over - 2.0


def test_in_an_accounts_first_days_it_is_rather_its_own() -> None:
    young = Story().work(range(4), LYON, CHROME)
    young.sign_on(3, 600, MOSCOW, LINUX_BOX, "x").use(3, 605, MOSCOW, LINUX_BOX, "x")
    [first, *_] = found(young)
    [later, *_] = found(takeover())
    assert first.evidence.weights.taken_over < later.evidence.weights.taken_over - 1.0


def test_in_an_accounts_first_days_where_none_of_its_colleagues_are_it_is_not() -> None:
    young = Story().work(range(4), LYON, CHROME)
    young.sign_on(3, 600, MOSCOW, LINUX_BOX, "x").use(3, 605, MOSCOW, LINUX_BOX, "x")
    shares = Shares(1_000.0, countries={"FR": 1_000.0}, networks={"3215": 900.0}, days=30)
    context = Context(populations={young.tenant: SHIPPED.shared_by("1", shares)})
    [among, *_] = run(ImpossibleTravel(), young.sorted(), context)
    [unknown, *_] = found(young)
    assert among.evidence.weights.taken_over > unknown.evidence.weights.taken_over + 0.5


def test_a_carrier_of_the_tenants_people_tells_no_place_abroad() -> None:
    """Databases put addresses of a French carrier into Spain: a phone there, the desk in Lyon."""
    spanish = PARIS_MOBILE._replace(place=MADRID.place)
    story = Story().work(range(10), LYON, CHROME)
    for day in (10, 11):
        story.sign_on(day, 540, LYON, CHROME, f"d{day}").use(day, 560, LYON, CHROME, f"d{day}")
        story.sign_on(day, 570, spanish, ANDROID, f"p{day}")
        story.use(day, 580, LYON, CHROME, f"d{day}").use(day, 590, spanish, ANDROID, f"p{day}")
    counted = {"countries": {"FR": 990.0, "ES": 10.0}}

    def told(networks: dict[str, float]) -> list[Finding]:
        shares = Shares(1_000.0, networks=networks, **counted)
        context = Context(populations={story.tenant: SHIPPED.shared_by("1", shares)})
        return run(ImpossibleTravel(), story.sorted(), context)

    assert told({"3215": 1_000.0})
    assert not told({"3215": 900.0, "5410": 100.0})
