"""Findings are what detectors could have said, so that every page can put them in words."""

import msgspec

from alerts.telling import sentence_of
from benchmarks.seeding.findings import MANY, Findings
from benchmarks.seeding.people import People
from benchmarks.seeding.scale import FULL
from benchmarks.seeding.sign_ins import SignIns
from detectors.core.registry import classes

SCALE = FULL.part(0.002)


def test_findings_are_worded_and_one_incident_has_a_hundred() -> None:
    anchors = [one for _, some in SignIns(SCALE, People(SCALE)).days() for one in some]
    making = Findings(SCALE)
    made = [making.of(anchor) for anchor in anchors]
    findings = [one for some, _ in made for one in some]
    incidents = [one for _, some in made for one in some]
    for one in findings:
        msgspec.convert(one.evidence.facts, classes()[one.detector].about.facts)
        assert "{" not in sentence_of(one, "fr")
    assert len({one.id for one in findings}) == len(findings)
    assert len({one.id for one in incidents}) == len(incidents)
    assert max(len(one.findings) for one in incidents) == MANY
    assert {one.subject.kind.value for one in incidents} == {"account", "source"}
