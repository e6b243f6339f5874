"""A detector's page says what is in force, what it found, and how sure that is of few words."""

import pytest
from sqlalchemy import Engine

from alerts.ticket import Disposition
from detectors.core.event import DAY
from detectors.core.registry import classes
from monitor.services.actor import Role
from monitor.services.detectors import DAYS, FEW, WEEKS, Detectors, Verdict, verdict_of
from monitor.services.refusal import NotAllowedError, NotThereError
from tests.monitor.services.people import person
from tests.monitor.services.ticketed import NOW, Desk, found, incident
from tests.monitor.store.test_detected import TRAVEL, judge

ADA = person(Role.ANALYST)
VIC = person(Role.VIEWER)


def service(database: Engine) -> Detectors:
    given = {TRAVEL: {"fastest": 900.0}}
    return Detectors(database, given, lambda: NOW)


def test_each_is_there_with_what_the_settings_change(database: Engine) -> None:
    every = service(database).all(ADA, "en")
    assert {one.about.name for one in every} == set(classes())
    assert all(one.runbook for one in every)
    one = service(database).one(ADA, TRAVEL, "en")
    told = {each.name: each for each in one.parameters}
    assert (told["fastest"].value, told["fastest"].default) == (900.0, 1000.0)
    assert (told["fastest"].is_changed, told["fastest"].unit) == (True, "km/h")
    assert not told["fixed_radius"].is_changed
    with pytest.raises(NotThereError):
        service(database).one(ADA, "nothing", "en")
    with pytest.raises(NotAllowedError):
        service(database).all(person(Role.ANALYST, tenant="acme"), "en")


def test_figures_cover_each_day_and_week(database: Engine) -> None:
    desk = Desk(database)
    judge(desk, "a", Disposition.TRUE_POSITIVE, TRAVEL)
    judge(desk, "b", Disposition.BENIGN_EXPLAINED, TRAVEL)
    got = service(database).figures(ADA, TRAVEL, "en")
    assert len(got.days) == DAYS
    assert got.days[-1] == NOW // DAY
    assert len(got.weeks) == WEEKS
    assert got.weeks[-1].verdict == Verdict(confirmed=1, harmless=1)
    assert got.weeks[0].verdict.judged == 0
    assert (got.total.standing, got.verdict.judged) == (2, 2)
    lines = service(database).lines(ADA)
    assert lines[TRAVEL].verdict == got.verdict
    assert lines["mfa_fatigue"].verdict.judged == 0


def test_few_words_are_said_to_be_few(database: Engine) -> None:
    some = verdict_of({Disposition.TRUE_POSITIVE: 2, Disposition.FALSE_POSITIVE: 1})
    assert some.is_few
    assert some.precision.low < 0.25
    assert some.precision.high > 0.9
    assert not verdict_of({Disposition.TRUE_POSITIVE: FEW}).is_few
    assert verdict_of({Disposition.DUPLICATE: 9}).judged == 0


def test_who_may_not_look_at_people_sees_them_in_part(database: Engine) -> None:
    desk = Desk(database)
    desk.put(incident(), [found(1)])
    (seen,) = service(database).figures(ADA, TRAVEL, "en").latest
    (veiled,) = service(database).figures(VIC, TRAVEL, "en").latest
    assert seen.subject.uid == "u-1042"
    assert veiled.subject.uid != "u-1042"
    assert "1042" not in veiled.sentence
