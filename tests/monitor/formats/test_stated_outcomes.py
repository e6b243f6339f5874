"""What providers say of a sign-in's end where `status_id` does not: a failure is no sign-in."""

import json
from typing import Any

import pytest

from detectors.core.event import Activity, Outcome, SignIn
from monitor.formats.format import Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.ocsf import Ocsf

ORIGIN = Origin("replay", "t", lambda month, day: 2026, Occurrences(limit=None))


def read(**fields: Any) -> SignIn:
    record = {"class_uid": 3002, "time": 1_790_000_000_000, "user": {"uid": "u"}, **fields}
    (event,) = Ocsf().parse(json.dumps(record).encode(), ORIGIN)
    assert isinstance(event, SignIn)
    return event


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"status_code": 53003}, Outcome.FAILURE),
        ({"status_code": "50055"}, Outcome.FAILURE),
        ({"status_code": 401}, Outcome.FAILURE),
        ({"status_code": 50074}, Outcome.PENDING),
        ({"status_code": "50140"}, Outcome.PENDING),
        ({"status_code": 0}, Outcome.SUCCESS),
        ({"status_code": 200}, Outcome.SUCCESS),
        ({"status": False}, Outcome.FAILURE),
        ({"status": True}, Outcome.SUCCESS),
        ({"status_id": False}, Outcome.FAILURE),
        ({"status": "not successful"}, Outcome.FAILURE),
        ({"status": "ALLOW"}, Outcome.SUCCESS),
        ({"status": "Success, no errors"}, Outcome.SUCCESS),
        ({"status": "réussi"}, Outcome.SUCCESS),
        ({"status": "Échec"}, Outcome.FAILURE),
        ({"status": "refusé"}, Outcome.FAILURE),
        ({"activity_name": "LOGIN_ERROR"}, Outcome.FAILURE),
        ({"activity_name": "Logon Failed"}, Outcome.FAILURE),
        ({"activity_name": "Logon"}, Outcome.SUCCESS),
        ({}, Outcome.SUCCESS),
    ],
)
def test_the_outcome_is_what_is_said(fields: dict[str, Any], outcome: Outcome) -> None:
    activity = {} if "activity_name" in fields else {"activity_id": 1}
    assert read(**activity, **fields).outcome is outcome


@pytest.mark.parametrize("extra", [{}, {"status_id": 1}, {"severity": ["odd"]}])
def test_the_activity_may_be_in_the_type_alone(extra: dict[str, Any]) -> None:
    assert read(type_uid=300202, **extra).activity is Activity.LOGOFF
    assert read(type_uid=300201, **extra).activity is Activity.LOGON
