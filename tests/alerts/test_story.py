"""The story tells what happened in order, is bounded, and says what it leaves out."""

from alerts.story import MOST, Line, Story, lasted, story_of
from detectors.core.event import HOUR, MINUTE, FailureReason, SignIn
from tests.monitor.web.staging import HOSTILE, NOON, day_of, sign_in

Told = list[tuple[SignIn, tuple[int, ...]]]


def told(*events: SignIn, on: dict[int, tuple[int, ...]] | None = None) -> Told:
    marks = on or {}
    ordered = sorted(events, key=lambda event: event.id)
    return [(event, marks.get(n, ())) for n, event in enumerate(ordered)]


def story(some: Told, language: str = "en", *, is_campaign: bool = False) -> Story:
    return story_of(some, {}, language, is_campaign=is_campaign)


def test_two_places_at_once_are_told_as_such() -> None:
    paris = day_of("u", NOON, "desk", "s1", 4)
    found = story(told(*paris, sign_in("u", NOON + 38 * MINUTE, "abroad", session="s2")))
    first, second = found.lines
    assert first.text == "Signed in from Paris (FR) (Orange S.A.), with Firefox / Windows."
    assert second.text.startswith("Also in use from Casablanca (MA)")
    assert "while it is still in use at Paris (FR), 1,887 km away" in second.text
    assert (second.is_at_once, second.since) == (True, 38 * MINUTE)
    assert lasted(first, "en") == "4 hours"
    assert lasted(second, "en") == ""


def test_it_is_told_in_french() -> None:
    paris = day_of("u", NOON, "desk", "s1", 4)
    found = story(told(*paris, sign_in("u", NOON + HOUR, "abroad", session="s2")), "fr")
    assert found.lines[0].text.startswith("Connexion depuis Paris (FR)")
    assert "alors qu'il l'est encore à Paris (FR), à 1\u202f887\u00a0km" in found.lines[1].text


def test_failures_are_counted_and_come_before_the_way_in() -> None:
    bad = [
        sign_in("u", NOON + n * MINUTE, "abroad", reason=FailureReason.BAD_PASSWORD)
        for n in range(3)
    ]
    only = story(told(*bad)).lines
    assert only[0].text.startswith("3 failures from Casablanca (MA)")
    after = story(told(*bad, sign_in("u", NOON + 5 * MINUTE, "abroad"))).lines
    assert after[0].text.endswith(", after 3 failures.")


def test_what_weighs_most_is_told_and_the_rest_is_counted() -> None:
    events = [sign_in("u", NOON + n * 3 * HOUR, "desk", session=f"s{n}") for n in range(20)]
    marks = {n: (n,) for n in range(1, 20)}
    weights = {n: float(n) for n in range(20)}
    found = story_of(told(*events, on=marks), weights, "en", is_campaign=False)
    assert len(found.lines) == MOST
    assert [line.findings for line in found.lines] == [(n,) for n in range(12, 20)]
    assert found.stays == 20
    assert sum(line.left_out for line in found.lines) + found.left_out == 20 - MOST


def test_a_campaign_begins_with_all_of_it() -> None:
    events = [
        sign_in(f"u-{n}", NOON + n, where, reason=FailureReason.UNKNOWN_USER)
        for n, where in enumerate(("attack", "attack", "hosted"))
    ]
    lines = story(told(*events), is_campaign=True).lines
    assert lines[0].text == "3 attempts from 2 addresses, on 3 accounts; 0 got in."
    assert lines[1].text.startswith("2 attempts from 102.89.23.5, Lagos (NG)")


def test_what_only_ends_a_session_is_no_stay_and_names_are_only_names() -> None:
    assert story(told(day_of("u", NOON, "desk", "s", 1)[-1])).lines == ()
    odd = sign_in("u", NOON, "desk", session="{there}", name=HOSTILE)
    assert story(told(odd)).lines[0].text.startswith("Signed in from Paris")
    assert isinstance(story([]).lines, tuple)
    assert lasted(Line(time=0, until=0, text="", findings=()), "en") == ""
