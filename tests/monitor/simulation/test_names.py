"""User names."""

import re

from monitor.simulation.chance import dice
from monitor.simulation.names import name


def test_names_are_plain_user_names() -> None:
    rng = dice("names")
    drawn = {name(rng) for _ in range(200)}
    assert len(drawn) > 150
    assert all(re.fullmatch(r"[a-z]+\.[a-z-]+", one) for one in drawn)
