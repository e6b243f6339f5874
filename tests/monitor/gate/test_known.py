"""When a session began is the same whenever it is asked."""

from monitor.gate.known import began_at


def test_a_beginning_within_a_millisecond_is_of_that_millisecond() -> None:
    assert {began_at(1795790732.5118115, 1795790732511 + later) for later in (0, 1, 9)} == {
        1795790732511
    }


def test_a_clock_that_is_ahead_makes_no_session_newer() -> None:
    assert began_at(2_000_000_000.0, 1_900_000_000_000) == 1_900_000_000_000
