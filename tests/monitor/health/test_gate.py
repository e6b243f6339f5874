"""What gates tell is read back, those long gone are left out, and blind ones are told as one."""

from monitor.health import gate
from monitor.health.gate import ALIVE, OVER, GatePulse
from monitor.health.pulse import Who
from monitor.health.rule import Blinded

NOW = 1_800_000_000_000


def pulse(process: int, time: int = NOW, **told: int | str) -> bytes:
    return gate.encode(GatePulse(time=time, who=Who("h", process, "1", 0), **told))  # type: ignore[arg-type]


def test_processes_that_are_at_work_are_read_and_others_left_out() -> None:
    notes = [pulse(1), pulse(2, NOW - ALIVE), b"rubbish", b""]
    assert [one.who.process for one in gate.alive(notes, NOW)] == [1]


def test_each_process_has_a_note_of_its_own_which_goes_when_it_is_long_gone() -> None:
    names = {gate.name_of(Who("h", number, "1", 0)) for number in range(3)}
    assert len(names) == 3
    assert all(name.startswith(gate.PREFIX) for name in names)
    notes = [pulse(1), pulse(2, NOW - 25 * 3_600_000)]
    assert gate.left(notes, NOW) == [gate.name_of(Who("h", 2, "1", 0))]


def test_gates_that_could_not_tell_are_told_as_one_for_a_while() -> None:
    notes = [
        pulse(1, since=NOW - 900, until=NOW - 100, reason="a", passed=2, refused=1),
        pulse(2, since=NOW - 800, until=NOW - 50, reason="b", passed=3),
        pulse(3, since=NOW - OVER - 9, until=NOW - OVER, reason="c", passed=9),
        pulse(4),
    ]
    assert gate.blinded(notes, NOW) == Blinded(NOW - 900, NOW - 50, "b", 5, 1)
    assert gate.blinded(notes[2:], NOW) is None
