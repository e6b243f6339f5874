"""A newcomer sees the pages of somebody whose log shows something, and whom nobody accuses."""

import json

import pytest

from monitor.simulation.cast import subscriber
from monitor.simulation.demonstration import Demonstration

NOW = 1_790_000_000_000


@pytest.mark.parametrize(("seed", "accounts"), [(2026, 400), (7, 150)])
def test_the_subscriber_is_at_work_and_in_the_log(seed: int, accounts: int) -> None:
    demonstration = Demonstration(NOW, seed, accounts)
    played = subscriber(demonstration)
    assert played is not None
    lines = [
        record.line
        for record in demonstration.history()
        if played.account.encode() in record.line and played.session.encode() in record.line
    ]
    assert lines
    told = json.loads(lines[-1])
    assert told["user"]["uid"] == played.account
    assert told["session"]["uid"] == played.session
    assert told["metadata"]["tenant_uid"] == played.tenant


def test_nobody_accuses_them() -> None:
    demonstration = Demonstration(NOW)
    played = subscriber(demonstration)
    assert played is not None
    accused = {label.account for label in demonstration.simulation.incidents}
    assert len(accused) > 10
    assert played.account not in accused


def test_in_the_smallest_world_it_is_anybody() -> None:
    assert subscriber(Demonstration(NOW, accounts=20)) is not None
