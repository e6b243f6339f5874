"""One list tells what became of an incident, its ticket and the measures, the last first."""

from pathlib import Path

from alerts.ladder import Step
from alerts.measure import Measure, State
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.ladders import LadderView
from monitor.services.review import Review
from monitor.store.reading import Reading
from monitor.web.case_history import MOST, history_of
from tests.monitor.web.staging import TENANT, Stage, shared_account

SOMEBODY = Actor(kind=ActorKind.OPERATOR, uid="r", name="r", roles=frozenset((Role.ADMINISTRATOR,)))


def test_measures_and_evidence_stand_in_order(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "vigie.db")
    incident = shared_account(stage)
    case = Review(Reading(stage.engine)).case(SOMEBODY, incident.id, "en")
    assert case is not None
    later = incident.updated + 1
    measure = Measure(
        id=7,
        tenant=TENANT,
        account="u-20417",
        step=Step.SUSPEND,
        state=State.IN_FORCE,
        created=later,
        requested=later,
        requested_by="r",
        requested_name="Ada",
        reason="two people",
        decided=later + 1,
        decided_name="Bea",
    )
    ladder = LadderView(
        tenant=TENANT, account="u-20417", rungs=(), cautions=(), past=(measure,), may_ask=True
    )
    told = history_of(case, None, ladder, "en", str, "high")
    assert [(one.what, one.by) for one in told[:2]] == [
        ("Suspend for a time – decided", "Bea"),
        ("Suspend for a time – asked for", "Ada"),
    ]
    assert told[1].detail == "two people"
    assert told[0].address == "/measures/7"
    assert told[-1].what == "First sign of it"
    assert "Severity reached: high" in [one.what for one in told]
    many = LadderView(
        tenant=TENANT, account="", rungs=(), cautions=(), past=(measure,) * 80, may_ask=False
    )
    assert len(history_of(case, None, many, "fr", str, "")) == MOST
