"""Whether incidents are responded to is told, and whether the policy may act."""

from pathlib import Path
from typing import Any

import pytest

from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.doctor.responding import look
from monitor.health.pulse import Who
from monitor.health.responding import NOTE, Pulse, encode
from tests.monitor.doctor.engines import looked, made, settings_of


def test_where_nothing_ever_responded_it_says_how_to_begin(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert looked(look, settings) == {}
    made(settings)
    check = looked(look, settings)["responding"]
    assert (check.good, check.noted) == (True, True)


@pytest.mark.parametrize(
    ("given", "good", "seen"),
    [
        ({}, True, "only tells (shadow)"),
        ({"mode": "act"}, True, "acts by itself"),
        ({"troubles": {"policy": "version: cannot be read"}}, False, "policy: version"),
        ({"waiting": 7}, False, "7 changes wait"),
        ({"ended": True}, True, "not running"),
    ],
)
def test_what_it_told_last_is_told(
    tmp_path: Path, given: dict[str, Any], good: bool, seen: str
) -> None:
    now = now_ms()
    pulse = Pulse(time=now, who=Who("here", 77, "1.0", now - HOUR), **given)
    settings = settings_of(tmp_path)
    made(settings, **{NOTE: encode(pulse)})
    check = looked(look, settings)["responding"]
    assert check.good is good
    assert seen in check.seen
