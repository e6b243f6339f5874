"""What is stored is shown with its names, and what was withdrawn has no part in it any more."""

from pathlib import Path

from alerts.incident import Contribution
from monitor.services.incident_views import finding_of, row_of
from monitor.store.reading import Reading, StoredFinding, StoredIncident
from tests.monitor.web.staging import Stage, shared_account


def test_a_row_and_a_finding_are_what_is_stored(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "vigie.db")
    incident = shared_account(stage)
    found = Reading(stage.engine).findings_of([incident.id])[incident.id]
    row = row_of(StoredIncident(incident, False), found, {incident.subject: "camille"}, "en", 200)
    assert (row.account_name, row.findings, row.withdrawn) == ("camille", 3, False)
    part = Contribution(found[1].finding.id, "impossible_travel", (0.0, 0.6, 4.1, 2.2))
    shown = finding_of(2, found[1], part, None, "en")
    assert (shown.number, shown.moved, shown.title) == (2, part.weights, "impossible_travel")
    gone = finding_of(1, StoredFinding(found[0].finding, True), part, None, "en")
    assert (gone.withdrawn, gone.moved, gone.attack_moved) == (True, None, None)
