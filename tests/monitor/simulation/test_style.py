"""Styles: drawn from the shares given, and what each of them can tell."""

from collections import Counter

from monitor.simulation.chance import dice
from monitor.simulation.parameters import Parameters
from monitor.simulation.style import (
    ACTIVITIES,
    BY_CHANCE,
    LOGONS,
    REFRESHES,
    RENEWALS,
    RICH,
    Style,
    draw,
    vary,
)


def test_every_style_is_drawn_as_often_as_it_should() -> None:
    rng = dice("styles")
    styles = [draw(rng, Parameters()) for _ in range(2_000)]
    shares = Counter(style.activities for style in styles)
    assert set(shares) == set(ACTIVITIES)
    assert 0.45 < shares[RICH] / 2_000 < 0.55
    assert 0.08 < sum(not style.sessions for style in styles) / 2_000 < 0.16


def test_activity_shows_only_with_sessions() -> None:
    assert Style(RICH, 30.0, True, True, False).tells_activity
    assert Style(REFRESHES, 30.0, True, False, False).tells_activity
    assert not Style(RICH, 30.0, False, True, False).tells_activity
    assert not Style(LOGONS, 30.0, True, True, False).tells_activity


def test_half_of_the_styles_are_varied_and_the_others_left_as_they_are() -> None:
    rng, drawn = dice("varied"), Parameters()
    plain = Style(RICH, 30.0, True, True, False)
    styles = [vary(rng, plain, drawn) for _ in range(2_000)]
    varied = [style for style in styles if style.renews != BY_CHANCE]
    assert all(style is plain for style in styles if style.renews == BY_CHANCE)
    assert 0.45 < len(varied) / 2_000 < 0.55
    assert {style.renews for style in varied} == set(RENEWALS)
    assert {style.activities for style in varied} == set(ACTIVITIES)
    assert (
        {style.breaks for style in varied} == {style.factors for style in varied} == {False, True}
    )
    assert all(drawn.token[0] <= style.refresh <= drawn.token[1] for style in varied)
    assert 0.1 < sum(not (s.sessions or s.agents) for s in varied) / len(varied) < 0.3


def test_nothing_is_varied_where_nothing_is_to_be() -> None:
    plain = Style(RICH, 30.0, True, True, False)
    assert vary(dice("none"), plain, Parameters(varied=0.0)) is plain
