"""Whoever may not look understands the case, and does not learn whose it is."""

import json
from pathlib import Path

import pytest

from monitor.protection.masking import HIDDEN
from monitor.services.actor import Actor, Role
from monitor.services.looks import Looks
from monitor.services.review import Review, plain
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from tests.monitor.services.listed import deeds
from tests.monitor.services.people import ADMINISTRATOR, person
from tests.monitor.web.staging import HOSTILE, NOON, TENANT, Stage, fill

MASKED = [person(Role.VIEWER), person(Role.TENANT_CONTACT, tenant=TENANT)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    made = Stage(Path(tmp_path_factory.mktemp("veil")) / "vigie.db")
    fill(made)
    return made


@pytest.fixture
def review(stage: Stage) -> Review:
    return Review(Reading(stage.engine), lambda: NOON, Looks(stage.engine, lambda: NOON))


def secrets(review: Review) -> set[str]:
    """Names, addresses and sessions of all that an administrator sees."""
    found: set[str] = set()
    for row in review.page(ADMINISTRATOR, Filter(), None, "en").rows:
        for one in review.sign_ins(ADMINISTRATOR, bytes.fromhex(row.id.replace("-", ""))) or []:
            event = one.event
            found |= {event.account, event.account_name or "", event.ip or "", event.session or ""}
    # The hostile text stands everywhere, also in what is nobody's.
    return {one for one in found if len(one) > 4 and HOSTILE not in one}


def shown(review: Review, actor: Actor, language: str) -> str:
    """All that somebody is given."""
    page = review.page(actor, Filter(), None, language)
    told = [plain(page)]
    for row in page.rows:
        identifier = bytes.fromhex(row.id.replace("-", ""))
        told += [
            plain(review.incident(actor, identifier, language)),
            plain(review.sign_ins(actor, identifier)),
            plain(review.picture(actor, identifier, language)),
        ]
    assert page.rows
    return json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("actor", MASKED)
def test_no_name_address_or_session_is_shown_whole(
    review: Review, actor: Actor, language: str
) -> None:
    hidden = secrets(review)
    assert len(hidden) > 8
    told = shown(review, actor, language)
    assert [secret for secret in hidden if secret in told] == []
    assert HIDDEN in told


def test_whoever_may_look_sees_them_and_it_is_written_down(stage: Stage, review: Review) -> None:
    told = shown(review, person(Role.ANALYST, uid="r-8"), "en")
    assert any(secret in told for secret in secrets(review))
    assert HIDDEN not in told
    assert {operation for operation, _, _ in deeds(stage.engine)} == {"person:look"}


@pytest.mark.parametrize("actor", MASKED)
def test_what_the_case_is_about_stays(review: Review, actor: Actor) -> None:
    whole = review.page(ADMINISTRATOR, Filter(), None, "en").rows
    masked = {row.id: row for row in review.page(actor, Filter(), None, "en").rows}
    for row in whole:
        if row.id in masked:
            other = masked[row.id]
            assert (other.severity, other.category) == (row.severity, row.category)
            assert (other.confidence, other.opened) == (row.confidence, row.opened)
            assert other.subject.tenant == row.subject.tenant


@pytest.mark.parametrize("actor", MASKED)
def test_nobody_is_found_out_by_searching(review: Review, actor: Actor) -> None:
    whole = review.page(ADMINISTRATOR, Filter(), None, "en").rows[0].subject.uid
    assert review.count(ADMINISTRATOR, Filter(text=whole)) >= 1
    assert review.count(actor, Filter(text=whole)) == 0
    assert review.count(actor, Filter(text=TENANT)) >= 1
