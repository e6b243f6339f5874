"""A case explains an incident at a look, the same to whoever may look and whoever may not."""

from pathlib import Path

import pytest
from msgspec import structs

from alerts.incident import Hypothesis, Incident
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.cases import Case, groups_of
from monitor.services.review import Review
from monitor.store.reading import Reading
from tests.monitor.web.staging import Stage, attack_from_address, shared_account


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "vigie.db")


def somebody(role: Role = Role.ANALYST) -> Actor:
    return Actor(kind=ActorKind.OPERATOR, uid="r", name="r", roles=frozenset((role,)))


def case(stage: Stage, incident: Incident, role: Role = Role.ANALYST) -> Case:
    found = Review(Reading(stage.engine)).case(somebody(role), incident.id, "en")
    assert found is not None
    return found


def test_it_says_what_why_and_how_it_may_be_innocent(stage: Stage) -> None:
    found = case(stage, shared_account(stage))
    assert found.conclusion.startswith("Several people almost certainly use the account camille")
    assert found.toward is Hypothesis.SHARED
    assert found.harmless is Hypothesis.ROAMING
    assert found.harmless_share == pytest.approx(0.035)
    assert found.innocent
    total = found.prior + found.beyond + sum(one.nats for one in found.reasons)
    assert total == pytest.approx(found.odds)


def test_a_models_opinion_is_not_what_could_be_innocent(stage: Stage) -> None:
    found = case(stage, shared_account(stage))
    learned = {one.detector for one in found.reasons if one.learned}
    assert learned == {"pattern_of_tomorrow"}
    numbered = {one.number: one for one in found.view.findings}
    ground = next(one for one in found.reasons if not one.learned)
    assert found.innocent == numbered[ground.number].innocent


def test_findings_are_gathered_the_telling_one_first(stage: Stage) -> None:
    found = case(stage, shared_account(stage))
    travel = next(one for one in found.groups if one.detector == "impossible_travel")
    assert (len(travel.findings), travel.withdrawn) == (3, 1)
    assert not travel.first.withdrawn
    assert travel.findings[-1].withdrawn
    assert found.group("nothing") is None
    assert sum(len(one.findings) for one in groups_of(found.view)) == len(found.view.findings)


def test_whoever_may_not_look_is_told_no_name_anywhere(stage: Stage) -> None:
    found = case(stage, shared_account(stage), Role.VIEWER)
    told = [found.conclusion, found.innocent, *(line.text for line in found.story.lines)]
    assert not any("camille.durand" in text or "u-20417" in text for text in told)
    assert found.picture.together
    assert all(leg.start == tuple(map(round, leg.start)) for leg in found.picture.legs)


def test_an_attack_is_weighed_and_told_as_one(stage: Stage) -> None:
    found = case(stage, attack_from_address(stage))
    assert (found.toward, found.harmless_share) == (None, pytest.approx(0.015))
    assert found.story.lines[0].text.startswith("60 attempts from 102.89.23.5")
    assert found.picture.together == found.picture.legs == []


def test_there_is_none_of_an_unknown_id_or_for_another_tenant(stage: Stage) -> None:
    incident, review = shared_account(stage), Review(Reading(stage.engine))
    assert review.case(somebody(), b"\0" * 16, "en") is None
    other = structs.replace(somebody(), tenant="other")
    assert review.case(other, incident.id, "en") is None
