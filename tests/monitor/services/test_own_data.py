"""A subscriber's copy holds what is theirs, for whoever showed a factor; nothing of others, and
nothing of what detectors made of it."""

import json
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import State
from detectors.core.event import HOUR
from detectors.core.identity import SubjectKind
from monitor.services.own_data import NotProvedError
from monitor.services.subscriber import Subscriber
from monitor.store import measures, restrictions
from tests.monitor.services.measured import measure
from tests.monitor.services.subscribing import MARIE, Place, history
from tests.monitor.web.staging import NOON, TENANT, fill


@pytest.fixture
def place(database: Engine) -> Place:
    place = Place(database)
    place.stage.put_events(history())
    return place


def copied(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(b"".join(place.own.data.copy(place.visit(method="passkey"))))
    return found


def test_it_is_for_whoever_showed_a_factor(place: Place) -> None:
    with pytest.raises(NotProvedError):
        place.own.data.copy(place.visit())
    visit = place.visit(method="passkey")
    place.clock.now += 11 * 60_000
    with pytest.raises(NotProvedError):
        place.own.data.copy(visit)


def test_all_that_is_theirs_is_in_it(place: Place) -> None:
    app = place.holder.totp(MARIE.owner, "Aegis")
    found = copied(place)
    assert found["account"] == MARIE.account
    assert len(found["events"]) == len(history())
    assert {one["class_uid"] for one in found["events"]} == {3002}
    kinds = {one["kind"]: one for one in found["proof"]}
    assert kinds["factor"]["name"] == "Aegis"
    assert kinds["visit"]["way"] == "hand_off"
    assert app.handle not in json.dumps(found)


def test_one_of_whom_nothing_is_known_is_whole_as_well(place: Place) -> None:
    visit = place.visit(Subscriber(TENANT, "nobody"), method="passkey")
    found = json.loads(b"".join(place.own.data.copy(visit)))
    assert (found["events"], found["known"], found["directory"]) == ([], {}, None)


def test_nothing_of_others_or_of_findings_is_in_it(place: Place) -> None:
    """Incidents of everybody lie beside it, also of this account."""
    incidents = fill(place.stage)
    whose = next(
        one.subject for one in incidents.values() if one.subject.kind is SubjectKind.ACCOUNT
    )
    visit = place.visit(Subscriber(whose.tenant, whose.uid), method="passkey")
    told = b"".join(place.own.data.copy(visit)).decode()
    assert "impossible_travel" not in told
    assert all(as_hex.hex() not in told for as_hex in (one.id for one in incidents.values()))
    others = {one.subject.uid for one in incidents.values()} - {whose.uid}
    assert all(f'"{other}"' not in told for other in others)


def test_what_was_decided_is_told_as_its_notice_told_it(place: Place) -> None:
    with place.engine.begin() as connection:
        for state in (State.DONE, State.SHADOW, State.PROPOSED, State.HELD):
            one = measure(Step.REVOKE, state, MARIE.account, reason="why", rule="r")
            measures.add(connection, structs.replace(one, tenant=MARIE.tenant))
    (told,) = copied(place)["decided"]
    assert (told["what"], told["reason"], told["by"]) == ("revoke", "why", "a rule")
    assert "r" not in told.values()


def test_the_page_says_what_is_kept_and_for_how_long(place: Place) -> None:
    stored = place.own.data.stored(MARIE)
    assert [one.count for one in stored.kinds[:2]] == [len(history()), None]
    assert "90 days" in stored.kinds[0].until.en
    assert "90 jours" in stored.kinds[0].until.fr
    assert not stored.is_restricted
    with place.engine.begin() as connection:
        restrictions.restrict(connection, MARIE.subject, NOON + HOUR, "asked for", "x")
    assert place.own.data.stored(MARIE).is_restricted


def test_whether_anything_was_found_is_not_told_by_counts(place: Place) -> None:
    before = place.own.data.stored(MARIE)
    with place.engine.begin() as connection:
        one = measure(Step.SUSPEND, State.PROPOSED, MARIE.account)
        measures.add(connection, structs.replace(one, tenant=MARIE.tenant))
    assert place.own.data.stored(MARIE) == before
