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


def test_a_cluster_has_several_addresses() -> None:
    for person in of("balanced_service"):
        assert 2 <= len({act.ip for act in lived(person)}) <= 6


def test_a_programs_password_runs_out_and_is_renewed() -> None:
    ended = []
    for person in of("expired_service"):
        failed = [act for act in lived(person) if act.detail is not None]
        assert failed
        assert failed[-1].time - failed[0].time < 61 * 60 * MINUTE
        ended.append(any(act.time > failed[-1].time for act in lived(person)))
    assert any(ended)
