"""A reviewer sees each incident with its reasons, whoever found them."""

import msgspec
import pytest
from sqlalchemy import Engine

from alerts.incident import Hypothesis
from detectors.core.finding import Severity
from detectors.core.identity import SubjectKind
from monitor.services.review import SHOWN_OTHERS, Review, history_of, plain
from monitor.store.incident_filter import Filter
from monitor.store.reading import Backlog, Reading
from tests.monitor.services.people import ADMINISTRATOR
from tests.monitor.web.staging import (
    NOON,
    Stage,
    attack_from_address,
    campaign_over_addresses,
    shared_account,
    small_incidents,
)


@pytest.fixture
def stage(database: Engine) -> Stage:
    return Stage(engine=database)


def review_of(stage: Stage) -> Review:
    return Review(Reading(stage.engine), lambda: NOON)


def test_a_row_names_the_account_and_says_why(stage: Stage) -> None:
    shared_account(stage)
    (english,) = review_of(stage).page(ADMINISTRATOR, Filter(), None, "en").rows
    (french,) = review_of(stage).page(ADMINISTRATOR, Filter(), None, "fr").rows
    assert english.account_name == "camille.durand@example.org"
    assert "Casablanca" in english.sentence
    assert english.sentence != french.sentence
    assert english.findings == 3


def test_the_next_page_goes_on_where_this_one_ends(stage: Stage) -> None:
    small_incidents(stage, 7)
    review = review_of(stage)
    everything = Filter(severity=Severity.INFORMATIONAL)
    first = review.page(ADMINISTRATOR, everything, None, "en", limit=4)
    second = review.page(ADMINISTRATOR, everything, first.next, "en", limit=4)
    assert (len(first.rows), len(second.rows), second.next) == (4, 3, None)
    assert first.total == 7
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


def test_an_incident_tells_what_each_finding_moved(stage: Stage) -> None:
    incident = shared_account(stage)
    view = review_of(stage).incident(ADMINISTRATOR, incident.id, "en")
    assert view is not None
    assert view.weighs_explanations
    assert view.posterior[Hypothesis.SHARED] == 0.94
    assert [finding.withdrawn for finding in view.findings] == [False, False, False, True]
    assert view.findings[0].moved == (0.0, 0.6, 4.1, 2.2)
    assert view.findings[3].moved is None
    assert view.findings[0].aup == ("6",)


def test_a_finding_of_an_unknown_detector_shows_its_facts(stage: Stage) -> None:
    incident = shared_account(stage)
    view = review_of(stage).incident(ADMINISTRATOR, incident.id, "en")
    assert view is not None
    assert [finding.learned for finding in view.findings] == [False, False, True, False]
    unknown = view.findings[2]
    assert unknown.title == unknown.detector == "pattern_of_tomorrow"
    assert unknown.facts["people"] == 2
    assert "people" in unknown.sentence


def test_sign_ins_say_which_findings_they_show(stage: Stage) -> None:
    incident = shared_account(stage)
    rows = review_of(stage).sign_ins(ADMINISTRATOR, incident.id)
    assert rows is not None
    assert [row.event.time for row in rows] == sorted(row.event.time for row in rows)
    shown = {number for row in rows for number in row.findings}
    assert shown == {1, 2, 3}


def test_an_attack_is_about_an_address_and_no_explanation_of_use(stage: Stage) -> None:
    incident = attack_from_address(stage)
    view = review_of(stage).incident(ADMINISTRATOR, incident.id, "fr")
    rows = review_of(stage).sign_ins(ADMINISTRATOR, incident.id)
    assert view is not None
    assert rows is not None
    assert view.row.subject.kind is SubjectKind.SOURCE
    assert not view.weighs_explanations
    assert len(rows) == 60


def test_a_campaign_names_its_addresses_and_shows_their_sign_ins(stage: Stage) -> None:
    """Of a whole tenant: not every sign-in of it, but those from the addresses."""
    incident = campaign_over_addresses(stage, 80)
    view = review_of(stage).incident(ADMINISTRATOR, incident.id, "en")
    rows = review_of(stage).sign_ins(ADMINISTRATOR, incident.id)
    assert view is not None
    assert rows is not None
    assert view.row.subject.kind is SubjectKind.TENANT
    assert view.row.others == 80
    assert len(view.others) == SHOWN_OTHERS
    named = {one.uid for one in incident.others}
    assert len(rows) == 80
    assert all(row.event.ip in named for row in rows)


def test_what_is_not_there_is_none(stage: Stage) -> None:
    review = review_of(stage)
    assert review.incident(ADMINISTRATOR, bytes(16), "en") is None
    assert review.sign_ins(ADMINISTRATOR, bytes(16)) is None
    assert review.picture(ADMINISTRATOR, bytes(16), "en") is None


def test_status_adds_up_and_lags_behind_the_clock(stage: Stage) -> None:
    review = review_of(stage)
    assert review.status(ADMINISTRATOR).lag is None
    small_incidents(stage, 10)
    stage.put_source(name="a", lines=10, events=7, last_event=NOON - 5_000)
    stage.put_source(name="b", lines=5, events=4, last_event=NOON - 60_000)
    status = review.status(ADMINISTRATOR)
    assert (status.total("lines"), status.total("events"), status.lag) == (15, 11, 5_000)
    assert status.to_review == 5


def test_views_go_to_json(stage: Stage) -> None:
    incident = shared_account(stage)
    view = plain(review_of(stage).incident(ADMINISTRATOR, incident.id, "en"))
    assert view["posterior"]["shared"] == 0.94
    assert view["row"]["category"] == "credential_sharing"


def test_facts_are_told_in_the_readers_words_and_kept_as_they_are(stage: Stage) -> None:
    incident = shared_account(stage)
    french = review_of(stage).incident(ADMINISTRATOR, incident.id, "fr")
    assert french is not None
    told = {one.name: (one.label, one.value) for one in french.findings[0].told}
    assert told["minutes"] == ("Temps écoulé", "22 minutes")
    assert told["speed_kmh"] == ("Vitesse minimale", "4\u202f890\u00a0km/h")
    assert french.findings[0].facts["speed_kmh"] == 4_890
    assert [one.label for one in french.findings[2].told] == ["People", "Share of days", "Known"]


def test_a_reason_is_the_sentence_without_its_conclusion(stage: Stage) -> None:
    shared_account(stage)
    (row,) = review_of(stage).page(ADMINISTRATOR, Filter(), None, "en").rows
    assert row.sentence.endswith(row.reason)
    assert row.sentence.startswith("Shared account")
    assert not row.reason.startswith("Shared account")


@pytest.mark.parametrize(
    ("backlogs", "share"),
    [
        ([], None),
        ([(0, 0)], None),
        ([(63 << 20, 100 << 20)], 0.63),
        ([(0, 100 << 20), (100 << 20, 100 << 20)], 0.5),
        ([(995, 1_000)], None),
        ([(995 << 20, 1_000 << 20)], None),
        ([(0, 1_000)], None),
        ([(5 << 20, 1 << 20), (0, 1 << 20)], 0.5),
    ],
)
def test_a_history_is_told_until_it_is_caught_up(
    backlogs: list[tuple[int, int]], share: float | None
) -> None:
    assert history_of([Backlog(read=read, total=total) for read, total in backlogs]) == share


def test_status_tells_each_sources_history(stage: Stage) -> None:
    stage.put_note("backlogs", msgspec.msgpack.encode({"a": (1 << 20, 4 << 20), "b": (9, 9)}))
    status = review_of(stage).status(ADMINISTRATOR)
    assert (status.loaded("a"), status.loaded("b"), status.loaded("c")) == (0.25, None, None)
    assert plain(status)["backlogs"]["a"] == {"read": 1 << 20, "total": 4 << 20}
    assert plain(status)["history"] == pytest.approx(0.25, abs=0.001)
