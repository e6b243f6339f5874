"""A subscriber sees their own sign-ins, sessions and devices, and nobody else's."""

from pathlib import Path
from uuid import UUID

import pytest
from msgspec import structs

from alerts.responders.gate import REVOKED
from detectors.core.event import HOUR, FailureReason
from monitor.mfa.challenge import Reason
from monitor.services import assurance
from monitor.services.activity import handle_of
from monitor.services.own_activity import PER_PAGE
from monitor.services.subscriber import Subscriber
from monitor.store.gate_list import GateTable
from tests.monitor.services.subscribing import MARIE, Place, copied, history
from tests.monitor.web.staging import NOON, TENANT, sign_in


@pytest.fixture
def place(tmp_path: Path, migrated_file: Path) -> Place:
    place = Place(copied(migrated_file, tmp_path))
    place.stage.put_events(history())
    return place


def test_sessions_that_may_be_open_are_shown_the_own_first(place: Place) -> None:
    shown = place.own.activity.of(place.visit()).sessions
    assert [one.session for one in shown] == ["s-here", "s-abroad", "s-phone"]
    assert [one.is_here for one in shown] == [True, False, False]
    assert (shown[0].began, shown[0].last) == (NOON - 3 * HOUR, NOON - 60_000)


def test_the_last_attempts_are_shown_and_which_can_be_denied(place: Place) -> None:
    """One that failed let nobody in: there is nothing to protect against by saying so."""
    shown = place.own.activity.of(place.visit()).sign_ins
    assert [one.event.session for one in shown[:4]] == ["s-here", "s-abroad", None, "s-phone"]
    assert [one.may_deny for one in shown[:4]] == [True, True, False, True]


def test_the_account_is_called_as_the_log_calls_it_but_not_as_a_guesser_does(
    place: Place,
) -> None:
    assert place.own.activity.of(place.visit()).name is None
    used = structs.replace(sign_in(MARIE.account, NOON - 2, "desk"), account_name="marie")
    guessed = sign_in(MARIE.account, NOON - 1, "attack", reason=FailureReason.BAD_PASSWORD)
    place.stage.put_events([used, structs.replace(guessed, account_name="mallory")])
    assert place.own.activity.of(place.visit()).name == "marie"


def test_whoever_knew_the_password_can_be_denied_though_the_second_factor_held(
    place: Place,
) -> None:
    guessed = sign_in(MARIE.account, NOON - 1, "attack", reason=FailureReason.MFA_DENIED)
    place.stage.put_events([guessed])
    assert place.own.activity.of(place.visit()).sign_ins[0].may_deny


def test_there_are_pages_of_them(place: Place) -> None:
    more = [sign_in(MARIE.account, NOON - n * HOUR, "desk") for n in range(200, 200 + PER_PAGE)]
    place.stage.put_events(more)
    visit = place.visit()
    first = place.own.activity.of(visit)
    assert len(first.sign_ins) == PER_PAGE
    rest = place.own.activity.of(visit, UUID(first.older or "").bytes)
    assert rest.older is None
    seen = [one.handle for one in (*first.sign_ins, *rest.sign_ins)]
    assert len(seen) == len(set(seen)) == PER_PAGE + 10


def test_devices_say_where_they_were_used(place: Place) -> None:
    shown = place.own.activity.of(place.visit()).devices
    told = [(one.device.family, one.places[0].city, one.is_here) for one in shown]
    assert told == [
        ("Firefox", "Paris", True),
        ("Chrome", "Casablanca", False),
        ("Mobile Safari", "Lyon", False),
    ]


def test_what_was_ended_is_not_shown_as_open(place: Place) -> None:
    with place.engine.begin() as connection:
        assurance.end_session(
            connection, MARIE, "s-abroad", NOON, NOON + HOUR, Reason.SENSITIVE, "k"
        )
    shown = place.own.activity.of(place.visit()).sessions
    assert [one.session for one in shown] == ["s-here", "s-phone"]
    GateTable(place.engine, place.clock).put(
        TENANT, MARIE.account, REVOKED, NOON - 3 * HOUR, None, "k"
    )
    shown = place.own.activity.of(place.visit()).sessions
    assert [one.session for one in shown] == ["s-here"]


def test_others_are_not_there_by_list_name_or_map(place: Place) -> None:
    other = Subscriber("another-tenant", MARIE.account)
    visit = place.visit(other)
    shown = place.own.activity.of(visit)
    assert (shown.sessions, shown.sign_ins, shown.devices) == ([], [], [])
    assert place.own.activity.spots(other) == []
    assert place.own.activity.session(visit, handle_of("s-here")) is None
    mine = place.own.activity.of(place.visit()).sign_ins[0]
    assert place.own.activity.sign_in(other, mine.handle) is None
    assert place.own.activity.sign_in(MARIE, mine.handle) == mine.event


def test_the_map_has_each_place_once(place: Place) -> None:
    spots = place.own.activity.spots(MARIE)
    assert {spot.city for spot in spots} == {"Paris", "Casablanca", "Lyon", "Lagos"}
