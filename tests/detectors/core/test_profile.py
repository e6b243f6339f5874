"""The profile: what it learns, whom it trusts, what it forgets, and that it is bounded."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from msgspec import structs

from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
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
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.place import Network, NetworkKind
from detectors.core.profile import (
    FAILURE_MEMORY,
    MAXIMUM_FAILURES,
    MAXIMUM_KNOWN,
    MAXIMUM_SESSIONS,
    SESSION_MEMORY,
    Profile,
    hour_of_week,
    is_by_hand,
    network_key,
    place_key,
    session_key,
)
from tests.detectors.histories import crowds, random_histories
from tests.detectors.story import (
    ANDROID,
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    LYON_HOME,
    MADRID,
    MONDAY,
    MOSCOW,
    NOWHERE,
    PARIS_MOBILE,
    TANA,
    Story,
    moment,
)

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def learned(story: Story, suspicious: bool = False) -> Profile:
    """The profile after a story, each event with a finding of medium severity if suspicious."""
    profile = Profile()
    for event in story.sorted():
        profile.learn(event, suspicion(event) if suspicious else ())
    return profile


def suspicion(event: Event, severity: Severity = Severity.MEDIUM) -> tuple[Finding, ...]:
    """A finding about this event."""
    evidence = Evidence("g", Weights(shared=6.0), {})
    return (finding("d", ALICE, event.time, severity, evidence, (event.id,)),)


def test_a_first_day_is_not_trusted() -> None:
    profile = learned(Story().work([0], LYON, CHROME))
    assert profile.is_young(moment(0, 1100))
    assert not profile.knows_device(CHROME, moment(5, 0))
    assert profile.uses > 10
    assert profile.days == 1


def test_three_separate_days_are_trusted() -> None:
    profile = learned(Story().work(range(3), LYON, CHROME))
    at = moment(2, 1100)
    assert profile.knows_device(CHROME, at)
    assert profile.knows_network(LYON.network, at)
    assert profile.knows_place(LYON.place, at)
    assert not profile.is_young(at)


def test_a_new_laptop_gets_in_with_a_known_network() -> None:
    story = Story().work(range(3), LYON, CHROME).work([3], LYON, FIREFOX)
    profile = learned(story)
    assert not profile.knows_device(FIREFOX, moment(3, 1000))
    assert profile.knows_device(FIREFOX, moment(4, 481))


def test_strangers_together_do_not_vouch_for_each_other() -> None:
    story = Story().work(range(3), LYON, CHROME).work([3], MOSCOW, FIREFOX)
    profile = learned(story)
    assert not profile.knows_device(FIREFOX, moment(5, 0))
    assert not profile.knows_network(MOSCOW.network, moment(5, 0))


def test_an_attacker_cannot_teach_it() -> None:
    profile = learned(Story().work(range(3), LYON, CHROME))
    for event in Story().work(range(3, 9), MOSCOW, FIREFOX).sorted():
        profile.learn(event, suspicion(event))
    assert not profile.knows_device(FIREFOX, moment(9, 0))
    assert not profile.knows_place(MOSCOW.place, moment(9, 0))
    assert profile.knows_device(CHROME, moment(9, 0))


def test_brief_looks_never_become_known() -> None:
    """Slow poisoning: a look every few days for months, with nothing found about it."""
    story = Story().work(range(3), LYON, CHROME)
    for day in range(4, 120, 3):
        story.sign_on(day, 600, MOSCOW, FIREFOX, f"look{day}").use(day, 602, MOSCOW, FIREFOX, None)
    profile = learned(story)
    assert not profile.knows_device(FIREFOX, moment(121, 0))
    assert not profile.knows_network(MOSCOW.network, moment(121, 0))
    assert not profile.devices[FIREFOX.fingerprint].is_accepted(moment(121, 0))


def test_ten_days_of_work_do() -> None:
    """Somebody moved abroad with a new laptop, and nobody complained."""
    profile = learned(Story().work(range(3), LYON, CHROME).work(range(3, 14), MOSCOW, FIREFOX))
    assert profile.knows_device(FIREFOX, moment(15, 0))


def test_a_providers_line_elsewhere_vouches_for_nobody() -> None:
    """A stranger with the owner's provider in another city."""
    there = LYON._replace(place=TANA.place)
    profile = learned(Story().work(range(3), LYON, CHROME).work([3], there, FIREFOX))
    assert not profile.knows_device(FIREFOX, moment(5, 0))
    assert not profile.knows_place(TANA.place, moment(5, 0))


def test_a_stranger_is_vouched_for_when_it_comes_home() -> None:
    """A laptop bought on a journey, then used at the office."""
    story = Story().work(range(3), LYON, CHROME).work([3], MADRID, FIREFOX).work([4], LYON, FIREFOX)
    profile = learned(story)
    assert profile.knows_device(FIREFOX, moment(5, 481))
    assert not profile.knows_network(MADRID.network, moment(5, 481))


def test_a_carrier_vouches_for_a_phone_and_not_for_a_computer() -> None:
    story = Story().work(range(3), LYON, CHROME)
    for day in range(3):
        story.sign_on(day, 700, PARIS_MOBILE, ANDROID, f"p{day}")
    story.sign_on(3, 700, PARIS_MOBILE, IPHONE, "i").sign_on(3, 710, PARIS_MOBILE, FIREFOX, "f")
    profile = learned(story)
    assert profile.knows_device(IPHONE, moment(5, 0))
    assert not profile.knows_device(FIREFOX, moment(5, 0))


def test_what_is_trusted_stays_so_when_a_finding_comes() -> None:
    profile = learned(Story().work(range(3), LYON, CHROME))
    event = Story().use(3, 480, LYON, CHROME, "s").events[0]
    profile.learn(event, suspicion(event))
    assert profile.knows_device(CHROME, event.time + 1)


def test_a_remark_does_not_count_as_a_finding_from_medium_up() -> None:
    profile = Profile()
    for event in Story().work(range(3), LYON, CHROME).sorted():
        profile.learn(event, suspicion(event, Severity.LOW))
    assert profile.knows_device(CHROME, moment(3, 0))


def answer(given: Answer, session: str, time: int) -> Feedback:
    """A person's answer about a session."""
    identifier = timed_id(time, given.value)
    return Feedback(
        id=identifier, time=time, tenant="acme", account="alice", answer=given, session=session
    )


def test_a_passed_challenge_is_trusted_at_once() -> None:
    profile = learned(Story().sign_on(0, 480, MADRID, FIREFOX, "s"))
    profile.learn(answer(Answer.CHALLENGE_PASSED, "s", moment(0, 481)), ())
    assert profile.knows_device(FIREFOX, moment(0, 482))
    assert profile.knows_network(MADRID.network, moment(0, 482))
    assert profile.knows_place(MADRID.place, moment(0, 482))


@pytest.mark.parametrize("given", [Answer.NOT_ME, Answer.CHALLENGE_FAILED])
def test_what_was_not_me_is_no_longer_trusted(given: Answer) -> None:
    profile = learned(Story().work(range(4), LYON, CHROME))
    profile.learn(answer(given, "alice-chrome-windows-3", moment(3, 1100)), ())
    assert not profile.knows_device(CHROME, moment(3, 1101))


def test_an_answer_about_an_unknown_session_is_no_harm() -> None:
    profile = learned(Story().work([0], LYON, CHROME))
    known = [structs.replace(of) for of in (*profile.devices.values(), *profile.places.values())]
    profile.learn(answer(Answer.NOT_ME, "nobody's", moment(0, 1020)), ())
    assert [*profile.devices.values(), *profile.places.values()] == known
    assert profile.last_seen == moment(0, 1020)


def test_a_session_holds_its_last_place_and_closes() -> None:
    story = Story().sign_on(0, 480, LYON, CHROME, "s").use(0, 490, LYON_HOME, CHROME, "s")
    profile = learned(story)
    session = profile.sessions["s"]
    assert (session.start, session.last) == (moment(0, 480), moment(0, 490))
    assert session.ip == LYON_HOME.ip
    assert session.signed_on == moment(0, 480)
    assert [key for key, _ in profile.live_sessions(moment(0, 500), HOUR)] == ["s"]
    assert profile.live_sessions(moment(0, 600), HOUR) == []
    profile.learn(Story().sign_off(0, 495, LYON_HOME, CHROME, "s").events[0], ())
    assert profile.live_sessions(moment(0, 500), HOUR) == []
    profile.learn(Story().use(0, 510, LYON, CHROME, "s").events[0], ())
    assert profile.sessions["s"].start == moment(0, 510)


def test_sessions_without_ids_are_devices_at_addresses() -> None:
    profile = learned(Story().sign_on(0, 1, LYON, CHROME).sign_on(0, 2, LYON, IPHONE))
    assert len(profile.sessions) == 2
    event = Story().sign_on(0, 3, NOWHERE, None).events[0]
    assert isinstance(event, SignIn)
    assert session_key(event) == "~@"


def hands(story: Story) -> list[bool]:
    """For each event, whether a person seems to have done it."""
    profile = Profile()
    seen = []
    for event in story.sorted():
        assert isinstance(event, SignIn)
        seen.append(is_by_hand(profile.sessions.get(session_key(event)), event))
        profile.learn(event, ())
    return seen


def test_a_renewed_token_is_no_hand() -> None:
    assert hands(Story().sign_on(0, 0, LYON, CHROME, "s").renew(0, 7, LYON, CHROME, "s")) == [
        True,
        False,
    ]


def test_activity_by_the_clock_is_no_hand() -> None:
    story = Story().sign_on(0, 0, LYON, CHROME, "s")
    for step in range(1, 8):
        story.use(0, step * 15 + step % 3, LYON, CHROME, "s")
    seen = hands(story)
    assert seen[0]
    assert not any(seen[3:])


def test_quick_work_is_not_taken_for_a_clock() -> None:
    story = Story().sign_on(0, 0, LYON, CHROME, "s")
    for step in range(1, 30):
        story.use(0, step * 0.3, LYON, CHROME, "s")
    assert all(hands(story))


def test_nobody_works_without_a_rest() -> None:
    story = Story().sign_on(0, 0, LYON, CHROME, "s")
    minute = 0.0
    for step in range(300):
        minute += (3, 29, 8, 41)[step % 4]
        story.use(0, minute, LYON, CHROME, "s")
    seen = hands(story)
    assert all(seen[:40])
    assert not any(seen[-40:])
    story.use(0, minute + 300, LYON, CHROME, "s")
    assert hands(story)[-1]


def test_a_hand_stays_where_it_was() -> None:
    """A token renewed at another address puts no hand there."""
    story = Story().sign_on(0, 0, LYON, CHROME, "s").renew(0, 9, MADRID, CHROME, "s")
    session = learned(story).sessions["s"]
    assert session.ip == MADRID.ip
    assert session.hand == 0


def test_failures_are_kept_a_day_and_counted_once() -> None:
    story = Story().fail(0, 0, LYON).fail(0, 1, LYON, corroborating=True).fail(0, 30, LYON)
    profile = learned(story)
    assert [f.time for f in profile.failures] == [moment(0, 0), moment(0, 30)]
    assert len(profile.failures_since(moment(0, 30))) == 1
    profile.learn(Story().fail(1, 15, LYON).events[0], ())
    assert [f.time for f in profile.failures] == [moment(0, 30), moment(1, 15)]
    assert profile.failures[0].reason is FailureReason.BAD_PASSWORD


def test_changes_of_the_account() -> None:
    profile = Profile()
    for number, change in enumerate((Change.PASSWORD, Change.FACTOR_ADDED, Change.DISABLED)):
        event = AccountChange(
            id=timed_id(number + 1, "c"), time=number + 1, tenant="t", account="a", change=change
        )
        profile.learn(structs.replace(event, outcome=Outcome.FAILURE), ())
        profile.learn(event, ())
    assert (profile.password_changed, profile.factor_changed, profile.disabled) == (1, 2, True)
    enabled = AccountChange(
        id=timed_id(9, "c"), time=9, tenant="t", account="a", change=Change.ENABLED
    )
    profile.learn(enabled, ())
    assert not profile.disabled


def test_hours_of_the_week() -> None:
    assert hour_of_week(MONDAY) == 0
    assert hour_of_week(MONDAY - 1) == 167
    assert hour_of_week(0) == 72
    profile = learned(Story().work([1], LYON, CHROME, 480, 600))
    assert {hour for hour, count in enumerate(profile.hours) if count} == {32, 33}


def test_hours_saturate() -> None:
    story = Story()
    for step in range(400):
        story.use(0, step / 10, LYON, CHROME, "s")
    assert learned(story).hours[0] == 255


def test_keys() -> None:
    assert LYON.place is not None
    assert place_key(LYON.place) == "FR:45.8:4.8"
    assert network_key(Network(None, None, NetworkKind.PRIVATE)) is None
    assert network_key(Network(3215, None, NetworkKind.FIXED)) == "3215"


@pytest.mark.parametrize("stream", crowds(), ids=["uses", "some_fail", "most_fail"])
def test_it_is_bounded(stream: list[Event]) -> None:
    profile = Profile()
    for event in stream:
        profile.learn(event, ())
        assert len(profile.devices) <= MAXIMUM_KNOWN
        assert len(profile.networks) <= MAXIMUM_KNOWN
        assert len(profile.places) <= MAXIMUM_KNOWN
        assert len(profile.sessions) <= MAXIMUM_SESSIONS
        assert len(profile.failures) <= MAXIMUM_FAILURES
    assert len(msgspec.msgpack.encode(profile)) < 40_000


def test_what_is_trusted_is_forgotten_last() -> None:
    story = Story().work(range(4), LYON, CHROME)
    for number in range(100):
        stranger = structs.replace(FIREFOX, fingerprint=f"f{number}")
        story.sign_on(4, number, TANA, stranger, f"s{number}")
    assert learned(story).knows_device(CHROME, moment(5, 0))


def test_sessions_and_failures_run_out() -> None:
    story = Story()
    for number in range(MAXIMUM_SESSIONS):
        story.sign_on(0, number, LYON, CHROME, f"s{number}")
    later = (SESSION_MEMORY + HOUR) / MINUTE
    profile = learned(story.sign_on(0, later, LYON, CHROME, "new"))
    assert set(profile.sessions) == {"new"}
    assert FAILURE_MEMORY == DAY


@given(random_histories)
def test_it_goes_to_message_pack_and_back_and_on_from_there(stream: list[Event]) -> None:
    undisturbed, restarted = Profile(), Profile()
    for event in stream:
        undisturbed.learn(event, ())
        restarted.learn(event, ())
        restarted = msgspec.msgpack.decode(msgspec.msgpack.encode(restarted), type=Profile)
    assert restarted == undisturbed


@given(random_histories)
def test_failures_and_ends_teach_nothing_of_places(stream: list[Event]) -> None:
    profile = Profile()
    for event in stream:
        if isinstance(event, SignIn) and (
            event.outcome is not Outcome.SUCCESS or event.activity is Activity.LOGOFF
        ):
            profile.learn(event, ())
    assert not profile.devices
    assert not profile.places
    assert not profile.sessions
    assert profile.uses == 0


def test_a_timer_with_some_jitter_is_no_hand() -> None:
    """Every twenty minutes, a fifth more or less: no two pauses alike, and yet too even."""
    story = Story().sign_on(0, 0, LYON, CHROME, "s")
    minute = 0.0
    for step in range(40):
        minute += (17, 22, 19, 23.5, 16.5, 21, 18, 24)[step % 8]
        story.use(0, minute, LYON, CHROME, "s")
    seen = hands(story)
    assert seen.count(True) <= 10


def beating(minutes: Sequence[float], renewals: Sequence[float]) -> list[bool]:
    """For each act at these minutes of a session that is renewed at others, whether it is a
    hand's."""
    story = Story().sign_on(0, 0, LYON, CHROME, "s")
    for minute in minutes:
        story.use(0, minute, LYON, CHROME, "s")
    for minute in renewals:
        story.renew(0, minute, LYON, CHROME, "s")
    return [
        by_hand
        for event, by_hand in zip(story.sorted(), hands(story), strict=True)
        if isinstance(event, SignIn) and event.activity is Activity.OTHER
    ]


def test_two_timers_in_one_session_are_no_hand() -> None:
    """A page's sign of life every 18 minutes, and a renewal every 19: together they come as
    unevenly as a person does."""
    signs = [18.0 * n + (0, 1.5, 0.5, 2)[n % 4] for n in range(1, 40)]
    seen = beating(signs, [19.0 * n + 5 for n in range(1, 38)])
    assert not any(seen[8:])


def test_a_person_beside_an_even_timer_stays_one() -> None:
    """Renewals every ten minutes; what is done between them is done by hand."""
    acts = [9.0, 31, 44, 66, 75.5, 103, 121, 128, 157, 163]
    assert all(beating(acts, [10.0 * n for n in range(1, 17)]))


def test_a_person_at_a_steady_pace_beside_renewals_stays_one() -> None:
    """Every twelve minutes, a fourth more or less, and a token every twenty."""
    acts = [12.0 * n + (0, 2.8, -2.5, 1.9, -2.9, 0.6, 2.2)[n % 7] for n in range(1, 40)]
    assert sum(beating(acts, [20.0 * n for n in range(1, 23)])) >= 36


def test_the_first_act_after_even_renewals_is_a_persons() -> None:
    assert all(beating([97.0, 104, 131], [12.0 * n for n in range(1, 12)]))


def test_it_is_known_when_the_log_told_that_the_account_was_made() -> None:
    profile = Profile()
    for outcome in (Outcome.FAILURE, Outcome.SUCCESS):
        assert profile.made is None
        made = AccountChange(
            id=timed_id(MONDAY, "acme", "alice", outcome.value),
            time=MONDAY,
            tenant="acme",
            account="alice",
            change=Change.CREATED,
            outcome=outcome,
        )
        profile.learn(made, ())
    assert profile.made == MONDAY


def test_a_timer_of_hours_is_no_hand_and_wakes_nobody() -> None:
    """Every four hours by day and by night: from the fourth time on a machine is known by it."""
    story = Story().sign_on(0, 30, LYON, CHROME, "s")
    for hour in range(4, 120, 4):
        story.use(hour // 24, hour % 24 * 60 + 49 + hour % 5, LYON, CHROME, "s")
    seen = hands(story)
    assert not any(seen[4:])


def test_who_signs_on_at_even_hours_stays_a_person() -> None:
    """At eight, half past twelve and five, day by day, in a browser of which no session is told."""
    story = Story()
    for day in range(6):
        for minute in (480, 750, 1020):
            story.sign_on(day, minute, LYON, CHROME)
    assert all(hands(story))


def test_a_person_at_an_even_pace_stays_one() -> None:
    """Between five and twenty minutes, as it comes."""
    story = Story().sign_on(0, 0, LYON, CHROME, "s")
    minute = 0.0
    for step in range(40):
        minute += (5, 14, 8, 20, 6, 11, 18, 7.5)[step % 8]
        story.use(0, minute, LYON, CHROME, "s")
    assert all(hands(story))


def judged(given: Answer, story: Story, minute: int) -> Profile:
    """Ordinary weeks, then a visit from Moscow that was suspicious, and what was found of it."""
    profile = learned(Story().work(range(4), LYON, CHROME))
    names: list[str] = []
    for event in story.sorted():
        assert isinstance(event, SignIn)
        assert event.network is not None
        assert event.place is not None
        assert event.device is not None
        profile.learn(event, suspicion(event, Severity.HIGH))
        network, place = network_key(event.network), place_key(event.place)
        names += [network or "", place, event.device.fingerprint]
    told = answer(given, "", moment(4, minute))
    profile.learn(structs.replace(told, session=None, shown=tuple(names)), ())
    return profile


@pytest.mark.parametrize("given", [Answer.FALSE_POSITIVE, Answer.BENIGN_EXPLAINED])
def test_what_people_found_to_be_harmless_is_known_a_day_later(given: Answer) -> None:
    profile = judged(given, Story().sign_on(4, 480, MOSCOW, FIREFOX, "s"), 500)
    assert not profile.knows_device(FIREFOX, moment(4, 600))
    assert profile.knows_device(FIREFOX, moment(5, 481))
    assert profile.knows_place(MOSCOW.place, moment(5, 481))


def test_what_is_not_said_any_more_vouches_for_nothing() -> None:
    profile = judged(Answer.FALSE_POSITIVE, Story().sign_on(4, 480, MOSCOW, FIREFOX, "s"), 500)
    told = answer(Answer.REOPENED, "", moment(4, 501))
    known = (FIREFOX.fingerprint, CHROME.fingerprint)
    profile.learn(structs.replace(told, session=None, shown=known), ())
    assert not profile.knows_device(FIREFOX, moment(6, 0))
    assert profile.knows_device(CHROME, moment(6, 0))


def test_what_is_authorised_is_for_the_directory_to_say_for_it_ends() -> None:
    profile = judged(Answer.AUTHORISED, Story().sign_on(4, 480, MOSCOW, FIREFOX, "s"), 500)
    assert not profile.knows_device(FIREFOX, moment(9, 0))


def test_what_was_true_begins_anew_and_the_owner_stays_known() -> None:
    """The incident cites the owner's desk as well as the stranger's."""
    story = Story().sign_on(4, 400, LYON, CHROME, "o").sign_on(4, 480, MOSCOW, FIREFOX, "s")
    profile = judged(Answer.TRUE_POSITIVE, story, 500)
    assert profile.knows_device(CHROME, moment(4, 600))
    stranger = profile.devices[FIREFOX.fingerprint]
    assert (stranger.clean_since, stranger.stranger) == (moment(4, 500), True)
    assert not profile.knows_device(FIREFOX, moment(6, 0))


def test_what_was_found_harmless_by_mistake_is_a_stranger_again() -> None:
    profile = judged(Answer.FALSE_POSITIVE, Story().sign_on(4, 480, MOSCOW, FIREFOX, "s"), 500)
    assert profile.knows_device(FIREFOX, moment(6, 0))
    told = answer(Answer.TRUE_POSITIVE, "", moment(6, 1))
    profile.learn(structs.replace(told, session=None, shown=(FIREFOX.fingerprint,)), ())
    assert not profile.knows_device(FIREFOX, moment(9, 0))


def test_an_answer_about_what_nobody_knows_is_no_harm() -> None:
    profile = learned(Story().work([0], LYON, CHROME))
    told = answer(Answer.FALSE_POSITIVE, "", moment(0, 1020))
    profile.learn(structs.replace(told, session=None, shown=("?", "64500")), ())
    assert not profile.knows_device(CHROME, moment(0, 1021))
