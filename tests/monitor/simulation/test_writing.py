"""Lines are OCSF as an identity provider writes it, and Vigie reads them."""

import json
from typing import Any

import pytest

from detectors.core.event import (
    AccountChange,
    Activity,
    Change,
    FailureReason,
    Outcome,
    SignIn,
)
from monitor.formats.format import Origin, formats
from monitor.simulation.acts import (
    BAD_PASSWORD,
    FACTOR_ENABLE,
    LOGOFF,
    LOGON,
    OTHER,
    PASSWORD_RESET,
    RENEWAL,
    UNKNOWN_USER,
    Act,
)
from monitor.simulation.labels import EventLabel
from monitor.simulation.parameters import Parameters
from monitor.simulation.population import build
from monitor.simulation.style import Style
from monitor.simulation.world import Person
from monitor.simulation.writing import as_logged, native_uid, ndjson, ocsf_line

WORLD = build(3, 200, 20_775, Parameters(names_only=0.5))
TIME = 1_795_000_000_123


def somebody(*, names_only: bool) -> Person:
    return next(p for p in WORLD.people if p.tenant.style.names_only is names_only)


def act(person: Person | None, activity: int = LOGON, **more: Any) -> Act:
    fields = {"detail": None, "session": "s1", "ip": "90.1.2.3", "agent": "Mozilla/5.0"}
    return Act(TIME, person, activity, **(fields | more))


def read(line: bytes) -> Any:
    origin = Origin("replay", "none", lambda _month, _day: 2026, lambda _second, _line: 0)
    (event,) = formats()["ocsf"].parse(line, origin)
    return event


def test_a_sign_in_is_read_as_it_was_meant() -> None:
    person = somebody(names_only=False)
    event = read(ocsf_line(act(person, mfa=True, method="totp"), "u1"))
    assert isinstance(event, SignIn)
    assert (event.account, event.account_name) == (person.uid, person.name)
    assert (event.tenant, event.uid, event.time) == (person.tenant.uid, "u1", TIME)
    assert (event.session, event.ip, event.user_agent) == ("s1", "90.1.2.3", "Mozilla/5.0")
    assert (event.outcome, event.mfa) == (Outcome.SUCCESS, True)


def test_activities_are_read_as_they_were_meant() -> None:
    person = somebody(names_only=False)
    read_as = [
        read(ocsf_line(act(person, a), "u")).activity for a in (LOGON, LOGOFF, RENEWAL, OTHER)
    ]
    assert read_as == [Activity.LOGON, Activity.LOGOFF, Activity.REFRESH, Activity.OTHER]


def test_failures_say_why() -> None:
    person = somebody(names_only=False)
    event = read(ocsf_line(act(person, detail=BAD_PASSWORD, session=None), "u"))
    assert (event.outcome, event.failure_reason) == (Outcome.FAILURE, FailureReason.BAD_PASSWORD)
    assert event.account == person.uid


def test_some_tenants_failures_tell_only_the_name() -> None:
    person = somebody(names_only=True)
    failed = json.loads(ocsf_line(act(person, detail=BAD_PASSWORD), "u"))
    assert failed["user"] == {"name": person.name}
    succeeded = json.loads(ocsf_line(act(person), "u"))
    assert succeeded["user"] == {"uid": person.uid, "name": person.name}


def test_strangers_have_a_name_and_a_tenant() -> None:
    stranger = act(None, detail=UNKNOWN_USER, session=None, name="nobody", tenant="acme")
    event = read(ocsf_line(stranger, "u"))
    assert (event.account, event.account_by_name, event.tenant) == ("nobody", True, "acme")
    assert event.failure_reason is FailureReason.UNKNOWN_USER


def test_account_changes_are_changes() -> None:
    person = somebody(names_only=False)
    meant = {PASSWORD_RESET: Change.PASSWORD, FACTOR_ENABLE: Change.FACTOR_ADDED}
    for activity, change in meant.items():
        event = read(ocsf_line(act(person, activity, change=True), "u"))
        assert isinstance(event, AccountChange)
        assert (event.change, event.actor) == (change, person.uid)


def test_native_ids_differ() -> None:
    assert len({native_uid(1, n) for n in range(1_000)}) == 1_000
    assert native_uid(1, 1) != native_uid(2, 1)


def test_labels_are_lines() -> None:
    (line,) = ndjson([EventLabel("u", 1, "t", "a", "agent")])
    assert line.endswith(b"\n")
    assert json.loads(line)["behaviour"] == "benign"


@pytest.mark.parametrize(
    ("activities", "kept"),
    [
        ("rich", {LOGON, LOGOFF, RENEWAL, OTHER}),
        ("refreshes", {LOGON, LOGOFF, RENEWAL}),
        ("ends", {LOGON, LOGOFF}),
        ("logons", {LOGON}),
    ],
)
def test_a_style_keeps_some_activities(activities: str, kept: set[int]) -> None:
    style = Style(activities, 30.0, True, True, False)
    person = WORLD.people[0]
    told = [as_logged(style, act(person, a)) for a in (LOGON, LOGOFF, RENEWAL, OTHER)]
    assert {one.activity for one in told if one is not None} == kept
    assert as_logged(style, act(person, PASSWORD_RESET, change=True)) is not None


def test_a_style_may_keep_factors_back() -> None:
    silent = Style("rich", 30.0, True, True, False, factors=False)
    logged = as_logged(silent, act(WORLD.people[0], mfa=True, method="totp"))
    assert logged is not None
    line = json.loads(ocsf_line(logged, "u"))
    assert "is_mfa" not in line
    assert "auth_factors" not in line


def test_a_style_may_keep_sessions_and_agents_back() -> None:
    meager = Style("rich", 30.0, False, False, False)
    logged = as_logged(meager, act(WORLD.people[0]))
    assert logged is not None
    line = json.loads(ocsf_line(logged, "u"))
    assert "session" not in line
    assert "http_request" not in line
