"""Timers are found in their folder, and each has a name of its own."""

from monitor.responding.timer import timers


def test_all_timers_have_names_and_ring_not_too_often() -> None:
    found = timers()
    assert len({timer.name for timer in found}) == len(found)
    assert all(timer.every >= 1_000 for timer in found)
