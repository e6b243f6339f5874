"""Styles: drawn from the shares given, and what each of them can tell."""

from collections import Counter

from monitor.simulation.chance import dice
from monitor.simulation.parameters import Parameters
from monitor.simulation.style import ACTIVITIES, LOGONS, REFRESHES, RICH, Style, draw


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
