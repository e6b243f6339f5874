"""What the process told says whether it is there, and whether it keeps up."""

import msgspec

from monitor.health.pulse import Who
from monitor.health.responding import ALIVE, BEHIND, Pulse, decode, encode

WHO = Who("host", 7, "1", 1_000)


def test_it_is_read_as_it_was_noted() -> None:
    pulse = Pulse(time=5, who=WHO, cursor=9, counts={"orders": 3}, troubles={"delivery": "away"})
    assert decode(encode(pulse)) == pulse
    assert decode(None) is None
    assert decode(b"\xc1") is None
    assert decode(msgspec.msgpack.encode({"time": "never"})) is None


def test_who_tells_nothing_or_has_ended_is_gone() -> None:
    assert Pulse(time=5, who=WHO).is_alive(4 + ALIVE)
    assert not Pulse(time=5, who=WHO).is_alive(5 + ALIVE)
    assert not Pulse(time=5, who=WHO, ended=True).is_alive(5)


def test_who_lets_changes_wait_for_long_is_behind() -> None:
    assert not Pulse(time=5, who=WHO, waiting=3).is_behind(1_000 + BEHIND), "it has just begun"
    assert Pulse(time=5, who=WHO, waiting=3).is_behind(1_001 + BEHIND)
    assert not Pulse(time=5, who=WHO, waiting=3, caught_up=2_000).is_behind(1_001 + BEHIND)
    assert not Pulse(time=5, who=WHO).is_behind(1 << 50)


def test_rules_of_health_see_since_when_changes_wait() -> None:
    pulse = Pulse(time=5, who=WHO, waiting=3, caught_up=2_000, troubles={"b": "x", "a": "y"})
    seen = pulse.seen()
    assert (seen.told, seen.ended, seen.behind_since) == (5, False, 2_000)
    assert seen.troubles == (("a", "y"), ("b", "x"))
    assert Pulse(time=5, who=WHO, caught_up=2_000).seen().behind_since is None
