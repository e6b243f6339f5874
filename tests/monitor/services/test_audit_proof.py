"""One proof at a time, told on the way, ended where nobody listens, and failing to who listens."""

import threading
from pathlib import Path

import pytest

from monitor.chain.sealing import KEY_BYTES, Sealer
from monitor.services.actor import Role, operator
from monitor.services.audit import Audit, record
from monitor.services.audit_proof import ProvedAlreadyError, proved, proved_on_the_way
from monitor.services.refusal import NotAllowedError
from monitor.store import trail
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.services.people import person


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """Seven entries, told of by threes."""
    monkeypatch.setattr(trail, "_TOLD_EVERY", 3)
    database = connect(placed(tmp_path / "vigie.db"))
    with database.begin() as connection:
        for number in range(7):
            record(connection, operator(), "keys:write", f"key:{number}")
    return Audit(database, Sealer(bytes(KEY_BYTES)))


def test_it_tells_how_far_it_is_and_what_came_of_it(audit: Audit) -> None:
    steps = [*proved_on_the_way(audit, operator())]
    assert [one.looked for one in steps] == [0, 3, 6, 7, 7]
    assert {one.of for one in steps} == {7}
    assert [one.proof is None for one in steps] == [True, True, True, True, False]
    assert proved(audit, operator()).verdict.entries == 7


def test_one_at_a_time_until_nobody_listens(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    verify = audit.verify

    def slow(actor: object, told: object = None) -> object:
        goes_on.wait(20)
        return verify(actor, told)  # type: ignore[arg-type]

    monkeypatch.setattr(audit, "verify", slow)
    steps = proved_on_the_way(audit, operator())
    next(steps)
    with pytest.raises(ProvedAlreadyError):
        proved(audit, operator())
    with pytest.raises(ProvedAlreadyError):
        proved_on_the_way(audit, operator())
    steps.close()  # type: ignore[attr-defined]
    goes_on.set()
    monkeypatch.undo()
    for thread in threading.enumerate():
        if thread.name.startswith("audit proof"):
            thread.join(240)
    assert proved(audit, operator()).verdict.is_whole


def test_what_it_meets_is_met_by_who_listens(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> object:
        raise OSError("the checkpoints cannot be read")

    monkeypatch.setattr(audit, "verify", broken)
    with pytest.raises(OSError, match="checkpoints"):
        [*proved_on_the_way(audit, operator())]


def test_who_may_not_read_it_proves_nothing(audit: Audit) -> None:
    with pytest.raises(NotAllowedError):
        proved_on_the_way(audit, person(Role.VIEWER))
    with pytest.raises(NotAllowedError):
        proved(audit, person(Role.VIEWER))
