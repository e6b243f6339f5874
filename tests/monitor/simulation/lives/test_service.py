"""A program signs in day and night from one hosting address."""

from itertools import pairwise

from detectors.core.event import DAY, MINUTE
from tests.monitor.simulation.lives.people import DAYS, kind_of, lived, of


def test_programs_poll_like_clockwork() -> None:
    for person in of("service"):
        acts = lived(person)
        assert {kind_of(act) for act in acts} == {"hosting"}
        assert len({act.ip for act in acts}) == len({act.agent for act in acts}) == 1
        gaps = [b.time - a.time for a, b in pairwise(acts)]
        assert max(gaps) - min(gaps) < MINUTE
        assert len(acts) > len(DAYS) * DAY // (31 * MINUTE)
        assert person.name.startswith("svc-")
