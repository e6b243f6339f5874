"""Whose tenant and account an event is of, and what is claimed."""

import json
from zoneinfo import ZoneInfo

import pytest

from detectors.core.event import AccountChange, Event, SignIn, is_attempt, is_use
from monitor.formats.detection import Auto, named
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.keycloak import Keycloak
from monitor.formats.occurrence import Occurrences
from monitor.formats.sshd import Sshd
from tests.monitor.formats.test_realm import REPRESENTATION, logged

HEADER = b"2026-03-02 09:15:01,123 WARN  [org.keycloak.events] (executor-thread-5) "
AT = 1_772_442_901_123
"""2026-03-02 09:15:01.123 UTC."""


def origin(*, is_of_tenant: bool = False) -> Origin:
    return Origin("idp", "ours", lambda month, day: 2026, Occurrences().occurrence, is_of_tenant)


def only(line: bytes, *, is_of_tenant: bool = False) -> Event:
    (found,) = Keycloak().parse(line, origin(is_of_tenant=is_of_tenant))
    return found


def represented(**given: object) -> bytes:
    return json.dumps({**REPRESENTATION, **given}).encode()


def test_the_tenant_is_the_realm_unless_the_source_has_one() -> None:
    line = HEADER + logged("LOGIN", {})
    assert only(line).tenant == "acme"
    assert only(line, is_of_tenant=True).tenant == "ours"
    assert only(represented()).tenant == "r"
    unnamed = HEADER + logged("LOGIN", {}, realmId="null", realmName="null")
    assert only(unnamed).tenant == "ours"


def test_the_account_is_the_users_id_else_the_name() -> None:
    known = only(represented())
    assert (known.account, known.account_name, known.account_by_name) == ("u-1", "ann", False)
    unknown = only(represented(userId=None))
    assert (unknown.account, unknown.account_name, unknown.account_by_name) == ("ann", "ann", True)


def test_one_sign_in_told_three_times_is_used_once() -> None:
    lines = [
        logged(kind, {}, sessionId="s") for kind in ("LOGIN", "CODE_TO_TOKEN", "REFRESH_TOKEN")
    ]
    events = [only(HEADER + line) for line in lines]
    assert [isinstance(event, SignIn) and is_use(event) for event in events] == [True, False, False]
    assert [isinstance(event, SignIn) and is_attempt(event) for event in events][1:] == [False] * 2


def test_the_native_id_makes_an_event_the_same_wherever_it_was_read() -> None:
    assert only(represented()).id == only(represented(error="user_not_found")).id
    twice = [Keycloak().parse(HEADER + logged("LOGIN", {}), one)[0] for one in [origin()] * 2]
    assert twice[0].id != twice[1].id


def test_bare_stamps_are_of_the_zone_that_was_set() -> None:
    line = HEADER + logged("LOGIN", {})
    assert only(line).time == AT
    paris = named("keycloak", ZoneInfo("Europe/Paris"))
    assert paris.parse(line, origin())[0].time == AT - 3_600_000


def test_a_change_has_its_actor_and_address() -> None:
    line = HEADER + (
        b'operationType="ACTION", realmId="x", realmName="master", clientId="c", userId="adm", '
        b'ipAddress="192.0.2.1", resourceType="USER", resourcePath="users/u-1/reset-password"'
    )
    found = only(line)
    assert isinstance(found, AccountChange)
    assert (found.tenant, found.account, found.actor) == ("ours", "u-1", "adm")
    assert found.ip == "192.0.2.1"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"-- Journal begins at Mon --",
        HEADER + b"nothing of the sort",
        HEADER.replace(b"keycloak.events", b"keycloak.services") + logged("LOGIN", {}),
        HEADER + logged("USER_INFO_REQUEST", {}),
        HEADER + logged("UPDATE_PASSWORD", {}, userId="null"),
    ],
)
def test_what_gives_no_event(line: bytes) -> None:
    assert Keycloak().parse(line, origin()) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (HEADER + logged("LOGIN", {}, userId="null"), "no account"),
        (HEADER + logged("LOGIN_ERROR", {}, userId="null", ipAddress="null"), "neither"),
        (b'{"realm":"x"}', "no event of Keycloak"),
        (b"hello", "neither a line"),
    ],
)
def test_what_cannot_be_read_is_told(line: bytes, why: str) -> None:
    with pytest.raises(MalformedLine, match=why):
        Keycloak().parse(line, origin())


def test_lines_of_other_loggers_are_claimed_and_nobody_elses() -> None:
    other = HEADER.replace(b"org.keycloak.events", b"io.quarkus") + b"started in 5.412s"
    assert Keycloak().claims(other)
    assert not Keycloak().claims(b"Mar  2 09:15:01 idp sshd[7]: Failed password for root")
    assert not Keycloak().claims(represented(class_uid=3002))
    assert not Keycloak().claims(b'{"id":1}')


def test_a_stranger_takes_no_line_from_another_format() -> None:
    name = b"org.keycloak.events] (x) type=LOGIN"
    ssh = b"Mar  2 09:15:01 idp sshd[7]: Failed password for invalid user %s from ::1 port 5 ssh2"
    assert Auto().format_of(ssh % name) == "sshd"
    entry = {"SYSLOG_IDENTIFIER": "sshd", "MESSAGE": f"Invalid user {name.decode()} from ::1"}
    assert Auto().format_of(json.dumps(entry).encode()) == "sshd"
    typed = HEADER + logged("LOGIN_ERROR", {"username": "sshd[7]: Failed password for x"})
    assert Auto().format_of(typed) == "keycloak"
    entry = {"SYSLOG_IDENTIFIER": "kc.sh", "MESSAGE": typed.decode()}
    assert Auto().format_of(json.dumps(entry).encode()) == "keycloak"


def test_entries_of_other_programs_are_passed_over() -> None:
    entry = json.dumps({"SYSLOG_IDENTIFIER": "cron", "MESSAGE": "(root) CMD (true)"}).encode()
    assert not Sshd().claims(entry)
    assert Auto().format_of(entry) is None
    assert Auto().parse(entry, origin()) == []
