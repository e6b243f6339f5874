"""People may work in the tracker; what they found is believed only where it is translated."""

from alerts.ticket import Disposition, Status, Ticket
from alerts.tracking import STAGES, Outer, Stage, followed
from detectors.core.finding import Severity

NOW = 1_000
DISPOSITIONS = {"Won't Do": Disposition.FALSE_POSITIVE}


def ticket(status: Status = Status.NEW) -> Ticket:
    found = Disposition.TRUE_POSITIVE if status is Status.RESOLVED else None
    return Ticket(severity=Severity.HIGH, opened=0, status=status, disposition=found)


def outer(stage: Stage, resolution: str = "") -> Outer:
    return Outer(
        ticket=1,
        reference="S-1",
        address="https://j/S-1",
        stage=stage,
        status="x",
        resolution=resolution,
    )


def test_every_status_has_its_stage() -> None:
    assert set(STAGES) == set(Status)
    assert set(STAGES.values()) == set(Stage)


def test_what_begins_there_begins_here_and_nothing_happens_twice() -> None:
    begun = followed(ticket(), outer(Stage.BEGUN), {}, NOW)
    assert begun is not None
    assert begun.status is Status.IN_PROGRESS
    assert followed(begun, outer(Stage.BEGUN), {}, NOW) is None


def test_what_is_over_there_is_over_here_only_where_it_is_said_what_was_found() -> None:
    assert followed(ticket(), outer(Stage.OVER, "Done"), DISPOSITIONS, NOW) is None
    over = followed(ticket(), outer(Stage.OVER, "Won't Do"), DISPOSITIONS, NOW)
    assert over is not None
    assert (over.status, over.disposition) == (Status.RESOLVED, Disposition.FALSE_POSITIVE)


def test_what_is_opened_again_there_is_open_again_here() -> None:
    again = followed(ticket(Status.RESOLVED), outer(Stage.NEW), {}, NOW)
    assert again is not None
    assert again.status is Status.TRIAGED
    assert followed(ticket(Status.NEW), outer(Stage.NEW), {}, NOW) is None


def test_what_is_kept_of_it_changes_with_all_that_counts() -> None:
    states = {outer(stage, words).state for stage in Stage for words in ("", "Done")}
    assert len(states) == 6
