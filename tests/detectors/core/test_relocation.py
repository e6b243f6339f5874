"""A change of location databases changes nothing for who was there before; journeys stay found."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from detectors.core import registry
from detectors.core.context import Context, Rules
from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
    AccountChange,
    Activity,
    Change,
    Event,
    Outcome,
    SignIn,
)
from detectors.core.finding import Finding, Severity
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Former, Network, NetworkKind, Place, Relocated
from detectors.core.profile import Profile
from detectors.core.relocation import (
    MAXIMUM_RELOCATED,
    MEMORY,
    Placed,
    is_alike,
    is_near,
    settled,
)
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    LYON_HOME,
    MADRID,
    MONDAY,
    MOSCOW,
    PACE,
    PARIS,
    PARIS_MOBILE,
    SERVER,
    TANA,
    TOKYO,
    VPN,
    Where,
)

Database = Sequence[Where]
"""Where a database has each region: every address `81.REGION.x.y`."""

POOL = (LYON, LYON_HOME, PARIS, PARIS_MOBILE, MADRID, MOSCOW, TOKYO, TANA, SERVER, VPN)
REGIONS = 4
ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")
START = MONDAY + 8 * HOUR
DEVICES = (CHROME, FIREFOX, IPHONE)
OLD, NEW, NEXT = 11, 22, 33


class Step(msgspec.Struct, frozen=True):
    """One use: minutes after the one before, from which address, on what, in which session."""

    pause: int
    region: int
    host: int = 0
    device: int = 0
    session: int = 0
    activity: Activity = Activity.OTHER


class Build(msgspec.Struct, frozen=True):
    """A database with its number, and the one that was used before it where that is still there."""

    number: int
    regions: Database
    before: "Build | None" = None

    def place(self, event: SignIn) -> SignIn:
        """As enrichment does."""
        region = int((event.ip or "").split(".")[1])
        here, former = self.regions[region], None
        if self.before is not None:
            there = self.before.regions[region]
            if not is_alike(there.place, there.network, here.place, here.network):
                former = Former(self.before.number, there.place, there.network)
        return structs.replace(
            event, place=here.place, network=here.network, built=self.number, former=former
        )


def event_at(at: int, step: Step) -> SignIn:
    """A step's event before enrichment; four hosts are in one /24."""
    return SignIn(
        id=timed_id(at, "acme", "alice", str(at)),
        time=at,
        tenant="acme",
        account="alice",
        activity=step.activity,
        outcome=Outcome.SUCCESS,
        session=f"s{step.session}",
        ip=f"81.{step.region}.{step.host // 4}.{step.host % 4 + 1}",
        device=DEVICES[step.device],
    )


def life(steps: Sequence[Step]) -> list[SignIn]:
    """The events of some steps."""
    at, events = START, []
    for step in steps:
        at += step.pause * MINUTE
        events.append(event_at(at, step))
    return events


def found(events: Sequence[Event]) -> list[Finding]:
    """What all detectors of accounts find, by a fold that is saved and restored at every event."""
    rules = {"": Rules(frozenset({"FR"}), 2)}
    fold = Fold(SubjectKind.ACCOUNT, registry.load({}), Context(rules=rules))
    cell, findings = fold.fresh(ALICE), []
    for event in events:
        cell = fold.restore(fold.save(cell))
        findings += fold.observe(cell, event)
    return findings


databases = st.lists(st.sampled_from(POOL), min_size=REGIONS, max_size=REGIONS)
steps = st.builds(
    Step,
    pause=st.sampled_from((1, 3, 8, 25, 60, 240, 900, 3_000)),
    region=st.integers(0, REGIONS - 1),
    host=st.integers(0, 11),
    device=st.integers(0, 2),
    session=st.integers(0, 5),
    activity=st.sampled_from((Activity.LOGON, Activity.OTHER, Activity.OTHER, Activity.REFRESH)),
)
lives = st.lists(steps, min_size=25, max_size=60)


def staying(steps: list[Step]) -> list[Step]:
    """The same with one address and one session for each region: dynamic lines are another test."""
    return [structs.replace(step, host=0, session=step.region) for step in steps]


@given(lives, st.integers(1, 24), databases, databases)
@settings(max_examples=60, deadline=None)
def test_nobody_who_was_there_before_sees_the_databases_change(
    steps: list[Step], when: int, old: Database, new: Database
) -> None:
    events = life(steps)
    before = Build(OLD, old)
    after = Build(NEW, new, before)
    changed = [before.place(e) for e in events[:when]] + [after.place(e) for e in events[when:]]
    assert found(changed) == found([before.place(event) for event in events])


@given(
    lives, st.integers(1, 12), st.integers(12, 24), databases, databases, databases, st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_who_stays_sees_no_number_of_changes_even_when_nothing_tells_of_the_one_before(
    steps: list[Step],
    first: int,
    second: int,
    old: Database,
    new: Database,
    last: Database,
    kept: bool,
) -> None:
    events = life(staying(steps))
    one = Build(OLD, old)
    two = Build(NEW, new, one if kept else None)
    three = Build(NEXT, last, two if kept else None)
    # Who appears in a region for the first time after a change did not stay there.
    known = {event.ip for event in events[:first]}
    events = events[:first] + [event for event in events[first:] if event.ip in known]
    changed = [
        (one if n < first else two if n < second else three).place(event)
        for n, event in enumerate(events)
    ]
    assert found(changed) == found([one.place(event) for event in events])


def test_the_laws_above_are_not_empty() -> None:
    days = [Step(25 if n > 19 else 180, n % 2, n % 12, n % 2, n % 6) for n in range(40)]
    before = Build(OLD, (LYON, LYON_HOME, PARIS, MADRID))
    after = Build(NEW, (MOSCOW, TOKYO, PARIS, MADRID))
    events = [before.place(e) for e in life(days)[:20]] + [after.place(e) for e in life(days)[20:]]
    unsettled = [structs.replace(event, built=0) for event in events]
    assert {"concurrent_sessions", "session_hijacking"} <= {f.detector for f in found(unsettled)}
    settled_too = [
        structs.replace(b, former=Former(OLD, a.place, a.network)) if b.built == NEW else b
        for a, b in zip((before.place(e) for e in life(days)), events, strict=True)
    ]
    assert found(settled_too) == found([before.place(event) for event in life(days)])
    assert found(settled_too) != found(unsettled)


HOME = Step(20, 0)


def at_home(count: int = 20) -> list[Step]:
    """Some uses of one address by one device."""
    return [HOME] * count


def moved_home(far: Where = MOSCOW) -> tuple[Build, Build]:
    """A home in Lyon that the next database has far away; Tokyo and Madrid stay."""
    before = Build(OLD, (LYON, TOKYO, MADRID, LYON))
    return before, Build(NEW, (far, TOKYO, MADRID, far), before)


def across(steps: Sequence[Step], when: int, before: Build, after: Build) -> list[SignIn]:
    """The events of some steps, the database changing before step `when`."""
    return [
        (before if number < when else after).place(event)
        for number, event in enumerate(life(steps))
    ]


def days_at_home(days: int) -> list[Step]:
    """Some days of work in Lyon, each in a session of its own."""
    return [
        Step(
            *(900, 0, 0, 0, day, Activity.LOGON)
            if not n
            else (PACE[(day + n) % len(PACE)], 0, 0, 0, day)
        )
        for day in range(days)
        for n in range(25)
    ]


def test_a_real_journey_right_after_a_change_is_found() -> None:
    before, after = moved_home()
    steps = days_at_home(10)
    steps += [Step(3, 1, 0, 1, 99, Activity.LOGON), Step(5, 1, 0, 1, 99), Step(4, 0, 0, 0, 9)]
    findings = found(across(steps, 249, before, after))
    assert findings == found(across(steps, 1_000, before, after))
    loudest = max(findings, key=lambda finding: finding.severity)
    assert loudest.severity >= Severity.MEDIUM
    travel = [f for f in findings if f.detector == "impossible_travel"]
    facts = travel[0].evidence.facts
    assert isinstance(facts, dict)
    assert (facts["from_place"], facts["to_place"]) == ("Lyon (FR)", "Tokyo (JP)")


def test_who_begins_with_a_database_is_told_what_it_says_and_stays_with_it() -> None:
    before, after = moved_home()
    profile = Profile()
    first, second, third = life([HOME, HOME, Step(20, 0, host=9)])
    for event in (first, second, third):
        said = settled(after.place(event), profile)
        assert isinstance(said, SignIn)
        assert said.place == MOSCOW.place
        profile.learn(said, ())
    # Also when it is changed again, and the ones before stay the same.
    moved_on = Build(NEXT, (MOSCOW, TOKYO, MADRID, LYON), before)
    for host in (0, 3, 30):
        event = life([Step(20, 0, host=host)])[0]
        assert settled(moved_on.place(event), profile).place == MOSCOW.place


def learned(events: Sequence[SignIn]) -> Profile:
    """The profile after these events in which nothing is found."""
    profile = Profile()
    for event in events:
        profile.learn(settled(event, profile), ())
    return profile


def test_a_provider_that_moved_takes_addresses_never_used_along() -> None:
    before, after = moved_home()
    profile = learned(across(at_home(), 20, before, after))
    roaming = life([*at_home(), Step(20, 0, host=8)])[-1]
    assert settled(after.place(roaming), profile).place == LYON.place
    # By the next database nothing tells any more that it was elsewhere once.
    used = learned(across(at_home(30), 20, before, after))
    late = structs.replace(roaming, time=roaming.time + 40 * DAY)
    later = Build(NEXT, after.regions, after)
    assert settled(later.place(late), used).place == LYON.place
    # It moved on, too.
    farther = Build(NEXT, (MADRID, TOKYO, MADRID, LYON), after)
    assert settled(farther.place(late), used).place == LYON.place


def test_an_address_beside_the_accounts_own_moved_with_it() -> None:
    before, after = moved_home()
    blind = Build(NEW, after.regions)
    profile = learned(across(at_home(), 20, before, after))
    beside, elsewhere = life([Step(20, 0, host=1), Step(20, 0, host=40)])
    assert beside.ip == "81.0.0.2"
    assert settled(blind.place(beside), profile).place == LYON.place
    assert settled(blind.place(elsewhere), learned([])).place == MOSCOW.place
    six = structs.replace(beside, ip="2001:db8:7:1::1")
    home = structs.replace(life([HOME])[0], ip="2001:db8:7:2::9")
    profile = learned([structs.replace(before.place(life([HOME])[0]), ip=home.ip)])
    said = structs.replace(blind.place(life([HOME])[0]), ip=six.ip)
    assert settled(said, profile).place == LYON.place


def test_who_comes_back_after_two_changes_is_where_they_were() -> None:
    before, after = moved_home()
    steps = [*at_home(), Step(45 * 24 * 60, 0)]
    events = life(steps)
    placed = [before.place(event) for event in events[:-1]]
    placed.append(Build(NEXT, after.regions, after).place(events[-1]))
    assert found(placed) == found([before.place(event) for event in events])


def test_after_two_months_an_address_is_as_new_as_any() -> None:
    before, after = moved_home()
    profile = learned(across(at_home(), 20, before, after))
    event = after.place(life(at_home())[-1])
    late = structs.replace(event, time=event.time + MEMORY + DAY, former=None)
    assert settled(late, profile).place == MOSCOW.place


def test_what_is_placed_beside_where_it_was_is_no_dispute() -> None:
    beside = LYON._replace(place=Place("FR", None, "Bron", 45.83, 4.95))
    before = Build(OLD, (LYON,) * 4)
    after = Build(NEW, (beside,) * 4, before)
    events = across(at_home(60), 50, before, after)
    profile = learned(events)
    assert profile.relocated == {}
    assert {known.place for known in profile.places.values()} == {LYON.place, beside.place}
    at = events[-1].time
    assert profile.knows_place(beside.place, at) == profile.knows_place(LYON.place, at)
    assert not found(events)


def test_what_a_log_says_of_places_itself_is_left_alone() -> None:
    profile = learned(across(at_home(), 20, *moved_home()))
    event = structs.replace(moved_home()[1].place(life([HOME])[0]), built=0)
    assert settled(event, profile) is event


def test_a_network_is_of_the_sort_that_is_known_by_now() -> None:
    before, after = moved_home()
    profile = learned(across(at_home(25), 20, before, after))
    assert isinstance(LYON.network, Network)
    server = structs.replace(LYON.network, kind=NetworkKind.HOSTING)
    listed = Build(NEXT, (LYON._replace(network=server),) * 4)
    said = settled(listed.place(life(at_home())[-1]), profile)
    assert said.network == server


def test_an_account_change_is_where_the_account_is() -> None:
    before, after = moved_home()
    profile = learned(across(at_home(25), 20, before, after))
    seen = after.place(life(at_home())[-1])
    change = AccountChange(
        id=bytes(16), time=seen.time, tenant="acme", account="alice", change=Change.PASSWORD,
        ip=seen.ip, place=seen.place, network=seen.network, built=NEW,
    )  # fmt: skip
    assert settled(change, profile).place == LYON.place
    kept = dict(profile.relocated)
    elsewhere = structs.replace(change, ip="81.0.9.9", former=seen.former)
    assert settled(elsewhere, profile).place == LYON.place
    assert profile.relocated == kept


def test_strangers_who_fail_from_everywhere_are_not_remembered() -> None:
    before, after = moved_home()
    profile = learned(across(at_home(25), 20, before, after))
    kept = dict(profile.relocated)
    for number, event in enumerate(life([Step(1, 3, host=h) for h in range(200)])):
        failed = structs.replace(event, outcome=Outcome.FAILURE, activity=Activity.LOGON)
        said: Placed = settled(after.place(failed), profile)
        assert said.place == LYON.place, number
    assert profile.relocated == kept


def test_what_is_in_dispute_is_bounded_and_the_longest_unused_goes() -> None:
    before, after = moved_home()
    profile = learned(across([Step(1, 0, host=h) for h in range(200)], 1, before, after))
    assert len(profile.relocated) == MAXIMUM_RELOCATED
    assert "51000000" not in profile.relocated
    assert "51003104" in profile.relocated


def test_a_profile_saved_before_there_was_any_of_this_is_read() -> None:
    whole = msgspec.msgpack.decode(msgspec.msgpack.encode(Profile(uses=3)))
    before = msgspec.msgpack.encode(whole[:-2])
    assert msgspec.msgpack.decode(before, type=Profile) == Profile(uses=3)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (LYON.place, LYON.place, True),
        (LYON.place, PARIS.place, False),
        (None, None, True),
        (LYON.place, None, False),
        (
            Place("FR", None, "Strasbourg", 48.58, 7.75),
            Place("DE", None, "Kehl", 48.57, 7.8),
            False,
        ),
    ],
)
def test_near_is_in_one_country_and_within_reach(
    one: Place | None, other: Place | None, near: bool
) -> None:
    assert is_near(one, other, 25.0) is near


def test_a_record_of_a_dispute_is_saved_whole() -> None:
    known = Relocated(7, LYON.place, LYON.network, MOSCOW.place, 12_389, NEW, True)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(known), type=Relocated) == known
