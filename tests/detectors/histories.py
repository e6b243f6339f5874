"""Histories that the contract suite folds: honest, hostile, drawn at random, and degenerate."""

from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from random import Random
from typing import cast

from hypothesis import strategies as st
from msgspec import structs

from detectors.core.event import (
    AccountChange,
    Activity,
    Answer,
    Change,
    Event,
    FailureReason,
    Feedback,
    Outcome,
    SignIn,
)
from detectors.core.identity import MAXIMUM_TIME, timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from tests.detectors.story import (
    ANDROID,
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MONDAY,
    MOSCOW,
    NOWHERE,
    OFFICE_LAN,
    PARIS,
    PARIS_MOBILE,
    SCRIPT,
    SERVER,
    TANA,
    VPN,
    Story,
    Where,
)

WHERES = (
    LYON,
    LYON_HOME,
    PARIS,
    PARIS_MOBILE,
    MADRID,
    TANA,
    MOSCOW,
    SERVER,
    VPN,
    OFFICE_LAN,
    NOWHERE,
)
DEVICES = (CHROME, FIREFOX, MAC, IPHONE, ANDROID, SCRIPT, None)
SESSIONS = (None, "one", "two", "three")
GAPS = (0, 1, 4_000, 61_000, 240_000, 1_500_000, 14_400_000, 90_000_000)
ACCOUNTS = ("alice", "bob", "Ünï:code/%")


def hostile_of(name: str) -> list[list[Event]]:
    """The histories that a detector's own tests say it must speak in."""
    tests = import_module(f"tests.detectors.test_{name}")
    told = cast(tuple[Callable[[], list[Event]], ...], tests.HOSTILE)
    return [history() for history in told]


def mixed(streams: list[list[Event]]) -> list[Event]:
    """Several histories at once, each under an account of its own."""
    events: list[Event] = []
    for number, stream in enumerate(streams):
        for event in stream:
            account = f"{event.account}-{number}"
            identifier = timed_id(event.time, account, event.id)
            events.append(structs.replace(event, account=account, id=identifier))
    return sorted(events, key=lambda event: event.id)


def honest() -> list[Event]:
    """Three people of one office: shifts, a phone, a VPN, a journey, a forgotten password."""
    alice = Story("alice").work(range(4), LYON, CHROME)
    alice.fail(1, 470, LYON, CHROME).fail(1, 471, LYON, CHROME)
    bob = Story("bob").work(range(4), LYON, CHROME, 840, 1300)
    for day in range(4):
        bob.sign_on(day, 845, PARIS_MOBILE, IPHONE, f"phone-{day}")
        bob.use(day, 990, PARIS_MOBILE, IPHONE, f"phone-{day}")
    carol = Story("carol").work(range(2), LYON_HOME, MAC).work([1], VPN, MAC, 1030, 1100, name="v")
    carol.work(range(3, 4), MADRID, MAC)
    events = [*alice.events, *bob.events, *carol.events]
    return sorted(events, key=lambda event: event.id)


_step = st.tuples(
    st.sampled_from(GAPS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(WHERES),
    st.sampled_from(DEVICES),
    st.sampled_from(SESSIONS),
    st.sampled_from(
        (
            (Activity.LOGON, Outcome.SUCCESS),
            (Activity.LOGON, Outcome.SUCCESS),
            (Activity.OTHER, Outcome.SUCCESS),
            (Activity.OTHER, Outcome.SUCCESS),
            (Activity.REFRESH, Outcome.SUCCESS),
            (Activity.LOGOFF, Outcome.SUCCESS),
            (Activity.LOGON, Outcome.FAILURE),
            (Activity.LOGON, Outcome.PENDING),
            "change",
            "feedback",
        )
    ),
    st.sampled_from((None, *FailureReason)),
)


def _drawn(steps: list[tuple[object, ...]]) -> list[Event]:
    events: list[Event] = []
    time = MONDAY
    for number, step in enumerate(steps):
        gap, account, where, device, session, what, reason = cast(
            tuple[
                int,
                str,
                Where,
                Device | None,
                str | None,
                str | tuple[Activity, Outcome],
                FailureReason | None,
            ],
            step,
        )
        time += gap
        identifier = timed_id(time, account, str(number))
        if what == "change":
            kind = list(Change)[number % len(Change)]
            events.append(
                AccountChange(id=identifier, time=time, tenant="t", account=account, change=kind)
            )
        elif what == "feedback":
            answer = list(Answer)[number % len(Answer)]
            events.append(
                Feedback(
                    id=identifier,
                    time=time,
                    tenant="t",
                    account=account,
                    answer=answer,
                    session=session,
                )
            )
        else:
            activity, outcome = cast(tuple[Activity, Outcome], what)
            events.append(
                SignIn(
                    id=identifier,
                    time=time,
                    tenant="t",
                    account=account,
                    activity=activity,
                    outcome=outcome,
                    failure_reason=reason,
                    session=session,
                    ip=where.ip,
                    place=where.place,
                    network=where.network,
                    device=device,
                )
            )
    return sorted(events, key=lambda event: event.id)


random_histories = st.lists(_step, min_size=1, max_size=60).map(_drawn)
"""Up to sixty events of three accounts: every kind, from anywhere, at once or days apart."""


def crowds() -> list[list[Event]]:
    """Five thousand events of one account, with no end of devices, addresses and sessions."""
    return [_crowd(fails=0), _crowd(fails=1), _crowd(fails=3)]


def _crowd(fails: int) -> list[Event]:
    rng = Random(fails)
    events: list[Event] = []
    for number in range(5_000):
        time = MONDAY + number * 37_000 + rng.randrange(1_000)
        place = Place("XX", None, None, rng.uniform(-80, 80), rng.uniform(-180, 180), 5.0)
        failed = fails and number % 4 < fails
        again = rng.randrange(number + 1) if number % 3 else number
        events.append(
            SignIn(
                id=timed_id(time, str(number)),
                time=time,
                tenant="t",
                account="crowd",
                activity=Activity.LOGON if failed or number % 2 else Activity.OTHER,
                outcome=Outcome.FAILURE if failed else Outcome.SUCCESS,
                failure_reason=FailureReason.BAD_PASSWORD if failed else None,
                session=None if failed else f"session-{again // 2:036d}",
                ip=f"2001:db8::{number:x}",
                place=place,
                network=Network(number, f"Network {number}", NetworkKind.FIXED),
                device=Device(
                    f"{number:032d}", f"Browser {number}", f"System {number % 9}", Form.DESKTOP
                ),
            )
        )
    return events


def degenerate() -> list[list[Event]]:
    """Accounts about which there is little to say: none of these calls anybody."""
    streams = []
    for time in (0, 1, MONDAY, 4_102_444_800_000, MAXIMUM_TIME):
        for where, device in ((LYON, CHROME), (NOWHERE, None), (OFFICE_LAN, SCRIPT)):
            for activity, outcome in (
                (Activity.LOGON, Outcome.SUCCESS),
                (Activity.LOGON, Outcome.FAILURE),
                (Activity.LOGOFF, Outcome.SUCCESS),
                (Activity.REFRESH, Outcome.PENDING),
            ):
                story = Story("only", "")
                story.tell(time, where, device, "s", activity, outcome)
                streams.append(story.sorted())
    streams += [_same_time(), _unknown(), _leaping(), _early()]
    return streams


def _same_time() -> list[Event]:
    """Everything in one millisecond, at one desk."""
    story = Story("at-once")
    for number in range(40):
        story.tell(MONDAY, LYON, CHROME, f"s{number % 5}", Activity.LOGON)
    return story.sorted()


def _unknown() -> list[Event]:
    """A month of which nothing is known but that it happened."""
    story = Story("unknown")
    for number in range(300):
        story.tell(MONDAY + number * 8_000_000, NOWHERE, None, None, Activity.LOGON)
    return story.sorted()


def _leaping() -> list[Event]:
    """A clock that jumps between 1970 and 2100."""
    story = Story("leaping")
    for number in range(20):
        story.tell(number * 60_000, LYON, CHROME, "s", Activity.LOGON)
        story.tell(4_102_444_800_000 + number * 60_000, LYON, CHROME, "s")
    return story.sorted()


def _early() -> list[Event]:
    """The first minutes of 1970, from two places that no one told apart then."""
    story = Story("early")
    for number, (one, other) in enumerate(pairwise((LYON, LYON_HOME, LYON, LYON_HOME, LYON))):
        story.tell(number * 60_000, one, CHROME, "a", Activity.LOGON)
        story.tell(number * 60_000 + 30_000, other, MAC, "b", Activity.LOGON)
    return story.sorted()
