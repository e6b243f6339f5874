"""Sightings: what logs show of an account adds up, in whatever order."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack, structs

from detectors.core.event import DAY
from monitor.hygiene.programs import program
from monitor.hygiene.sighting import (
    MOST_PROGRAMS,
    NEVER,
    OPEN,
    Sighting,
    Used,
    of_event,
    seen,
    together,
    without_old_programs,
)
from tests.detectors.story import CHROME, LYON, MONDAY, PARIS, SCRIPT, Story, learned, moment

AGENT = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/{}.0.0.0 Safari/537.36"
times = st.integers(0, 40 * DAY)
spans = st.tuples(times, times).map(sorted)
sightings = st.builds(
    lambda first, last, span, programs, names: Sighting(
        first=first,
        last=last,
        since=span[0],
        until=span[1],
        programs=tuple(
            sorted(
                {p: Used(program(AGENT.format(p)), at) for p, at in programs}.values(),
                key=lambda used: (-used.at, str(used.program)),
            )
        ),
        names=tuple(sorted(names)),
    ),
    times,
    times,
    spans,
    st.lists(st.tuples(st.integers(1, 9), times), max_size=MOST_PROGRAMS),
    st.sets(st.sampled_from("abcdef"), max_size=4),
)


@given(sightings, sightings, sightings)
def test_order_does_not_matter(a: Sighting, b: Sighting, c: Sighting) -> None:
    assert together(a, b) == together(b, a)
    assert together(together(a, b), c) == together(a, together(b, c))
    assert together(a, a) == a
    assert together(a, NEVER) == a


def test_what_a_profile_and_events_show() -> None:
    story = Story().work(range(3), LYON, CHROME).fail(4, 10, PARIS, SCRIPT)
    told = seen(learned(story), ())
    assert told.first == moment(0, 480)
    assert told.last < moment(3, 0)
    assert told.programs == ()


def test_a_sign_on_says_which_factor_and_which_program() -> None:
    event = Story().sign_on(0, 10, LYON, CHROME, "s").events[0]
    bare = structs.replace(event, mfa=False, user_agent=AGENT.format(150), account_name="Ann")
    told = of_event(bare)
    assert (told.bare, told.factor) == (event.time, 0)
    assert told.programs == (Used(program(AGENT.format(150)), event.time),)
    assert told.names == ("Ann",)
    strong = of_event(structs.replace(event, mfa=True, mfa_method="webauthn"))
    assert (strong.bare, strong.factor, strong.methods) == (0, event.time, ("webauthn",))
    assert of_event(event).bare == 0, "the log does not say"
    failed = Story().fail(0, 10, LYON).events[0]
    assert of_event(failed).last == 0


def test_a_session_is_open_while_something_is_done_in_it() -> None:
    told = Sighting(since=MONDAY, until=MONDAY + 20 * DAY)
    assert told.open_for(MONDAY + 21 * DAY) == 20 * DAY
    assert told.open_for(MONDAY + 20 * DAY + OPEN + 1) == 0
    assert NEVER.open_for(MONDAY) == 0


def test_a_session_that_was_signed_off_is_not_open() -> None:
    story = Story().sign_on(0, 10, LYON, CHROME, "s").use(20, 10, LYON, CHROME, "s")
    assert seen(learned(story), ()).open_for(moment(20, 20)) > 19 * DAY
    story.sign_off(20, 11, LYON, CHROME, "s")
    assert seen(learned(story), ()).open_for(moment(20, 20)) == 0


def test_programs_that_were_not_seen_for_long_go() -> None:
    told = Sighting(programs=(Used(program(AGENT.format(2)), 9), Used(program(AGENT.format(1)), 5)))
    assert [used.at for used in without_old_programs(told, 6).programs] == [9]
    assert without_old_programs(told, 1) is told


@given(sightings)
def test_it_is_kept_as_it_is(told: Sighting) -> None:
    assert msgpack.decode(msgpack.encode(told), type=Sighting) == told
