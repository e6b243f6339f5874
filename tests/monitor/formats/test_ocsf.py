"""OCSF as it ought to be, and as it comes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import AccountChange, Activity, Change, FailureReason, Outcome, SignIn
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.identity import native_id
from monitor.formats.occurrence import Occurrences
from monitor.formats.ocsf import Ocsf

T = 1_709_283_600_123
USUAL: dict[str, Any] = {
    "class_uid": 3002,
    "activity_id": 1,
    "time": T,
    "status_id": 1,
    "metadata": {"uid": "e-1", "tenant_uid": "callco"},
    "user": {"uid": "u-1", "name": "alice"},
    "session": {"uid": "s-1"},
    "src_endpoint": {"ip": "192.0.2.1"},
    "http_request": {"user_agent": "curl/8"},
}


def origin() -> Origin:
    return Origin("replay", "acme", lambda month, day: 2024, Occurrences().occurrence)


def line(**changed: Any) -> bytes:
    return json.dumps({k: v for k, v in (USUAL | changed).items() if v is not ...}).encode()


def read(**changed: Any) -> SignIn:
    (event,) = Ocsf().parse(line(**changed), origin())
    assert isinstance(event, SignIn)
    return event


def change(**changed: Any) -> AccountChange:
    (event,) = Ocsf().parse(line(class_uid=3001, **changed), origin())
    assert isinstance(event, AccountChange)
    return event


def test_a_usual_line() -> None:
    assert read() == SignIn(
        id=native_id(T, "replay", "callco", "e-1"),
        time=T,
        tenant="callco",
        account="u-1",
        account_name="alice",
        source="replay",
        uid="e-1",
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS,
        session="s-1",
        ip="192.0.2.1",
        user_agent="curl/8",
    )


ODD: list[dict[str, Any]] = [
    {"class_uid": "3002"},
    {"class_uid": 3002.0},
    {"activity_id": "1"},
    {"activity_id": 1.0},
    {"time": str(T)},
    {"time": float(T)},
    {"time": ..., "time_dt": "2024-03-01T09:00:00.123Z"},
    {"time": "2024-03-01T10:00:00.123+01:00"},
    {"time": "?", "time_dt": "2024-03-01T09:00:00.123Z"},
    {"status_id": "1"},
    {"status_id": ..., "status": "Success"},
    {"status_id": "Success"},
    {"class_uid": ..., "type_uid": 300201},
    {"class_uid": ..., "activity_id": ..., "type_uid": "300201"},
    {"class_uid": ..., "class_name": "Authentication"},
    {"activity_id": 99, "activity_name": "Log in"},
    {"activity_id": "Logon"},
    {"session": "s-1"},
    {"session": ..., "actor": {"session": {"uid": "s-1"}}},
    {"src_endpoint": "192.0.2.1"},
    {"src_endpoint": {"ip": ["192.0.2.1"]}},
    {"src_endpoint": {"ip": "::ffff:192.0.2.1", "port": "x"}},
    {"http_request": {"user_agent": ["curl/8"]}},
    {"user": {"uid": "u-1", "name": "alice", "type_id": "?", "email_addr": 5}},
    {"user": {"uid": "u-1", "name": "alice", "org": 7}},
    {"user": [{"uid": "u-1", "name": "alice"}]},
    {"user": ..., "actor": {"user": {"uid": "u-1", "name": "alice"}}},
    {"user": {}, "actor": {"user": {"uid": "u-1", "name": "alice"}}},
    {"metadata": {"uid": "e-1", "tenant_uid": ["callco"]}},
    {"metadata": {"uid": "e-1"}, "user": {"uid": "u-1", "name": "alice", "org": {"uid": "callco"}}},
    {"is_mfa": "who knows"},
    {"is_mfa": {}},
    {"auth_factors": []},
    {"actor": "somebody"},
    {"status_code": {}, "status_detail": []},
    {"nested": {"a": [[[]]] * 50}, "time_dt": 7},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_one_odd_field_never_loses_an_event(odd: dict[str, Any]) -> None:
    assert read(**odd) == read()


@given(
    st.sampled_from(sorted(set(USUAL) - {"class_uid", "time", "user", "status_id"})),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(("uid", "ip", "x")), inner),
        max_leaves=5,
    ),
)
def test_any_value_of_a_field_that_is_not_needed_leaves_an_event(name: str, value: object) -> None:
    event = read(**{name: value})
    assert (event.account, event.time, event.outcome) == ("u-1", T, Outcome.SUCCESS)


@pytest.mark.parametrize(
    ("number", "activity"),
    [
        (1, Activity.LOGON),
        (2, Activity.LOGOFF),
        (3, Activity.REFRESH),
        (4, Activity.REFRESH),
        (5, Activity.REFRESH),
        (6, Activity.OTHER),
        (7, Activity.OTHER),
        (0, Activity.OTHER),
        (99, Activity.OTHER),
        (-3, Activity.OTHER),
    ],
)
def test_activities(number: int, activity: Activity) -> None:
    assert read(activity_id=number).activity is activity


@pytest.mark.parametrize(
    ("name", "activity"),
    [
        ("Sign-In", Activity.LOGON),
        ("user login", Activity.LOGON),
        ("Log out", Activity.LOGOFF),
        ("SIGN_OFF", Activity.LOGOFF),
        ("Token refresh", Activity.REFRESH),
        ("Service Ticket Renew", Activity.REFRESH),
        ("Heartbeat", Activity.REFRESH),
        ("keep-alive", Activity.REFRESH),
        ("Session ended (heartbeat timeout)", Activity.LOGOFF),
        ("user.session.start", Activity.LOGON),
        ("user.session.end", Activity.LOGOFF),
        ("Call opened", Activity.OTHER),
    ],
)
def test_activities_by_name(name: str, activity: Activity) -> None:
    for number in (99, 0, ...):
        assert read(activity_id=number, activity_name=name).activity is activity


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ({"status_id": 2}, Outcome.FAILURE, None),
        ({"status_id": 2, "status_detail": "INVALID_CREDENTIALS"}, Outcome.FAILURE, "BAD_PASSWORD"),
        ({"status_id": 2, "status_code": 50053}, Outcome.FAILURE, "LOCKED"),
        ({"status_id": 2, "status": "Account disabled"}, Outcome.FAILURE, "DISABLED"),
        ({"status_id": 2, "status_detail": "??"}, Outcome.FAILURE, "OTHER"),
        ({"status_id": 2, "status": "Pending"}, Outcome.FAILURE, None),
        ({"status_id": 1, "status_detail": "MFA_DENIED"}, Outcome.SUCCESS, None),
        ({"status_id": 99, "status": "pending"}, Outcome.PENDING, None),
        ({"status_id": ..., "status": "Challenge"}, Outcome.PENDING, None),
        ({"status_id": 0, "status_detail": "MFA_TIMEOUT"}, Outcome.FAILURE, "MFA_TIMEOUT"),
        ({"status_id": 0}, Outcome.SUCCESS, None),
        ({"status_id": 0, "session": ...}, Outcome.FAILURE, None),
        ({"status_id": 99, "status": "Other", "session": ...}, Outcome.FAILURE, None),
        ({"status_id": ..., "session": ...}, Outcome.SUCCESS, None),
        ({"status_id": 0, "session": ..., "activity_id": 2}, Outcome.SUCCESS, None),
    ],
    ids=str,
)
def test_outcomes(said: dict[str, Any], outcome: Outcome, reason: str | None) -> None:
    event = read(**said)
    assert event.outcome is outcome
    assert event.failure_reason is (FailureReason[reason] if reason else None)


SAID_OTHERWISE: list[tuple[dict[str, Any], Outcome]] = [
    ({"status_code": 53003}, Outcome.FAILURE),
    ({"status_code": "50055"}, Outcome.FAILURE),
    ({"status_code": 401}, Outcome.FAILURE),
    ({"status_code": "403", "status_detail": "??"}, Outcome.FAILURE),
    ({"status_code": 7}, Outcome.FAILURE),
    ({"status_detail": "policy"}, Outcome.FAILURE),
    ({"status_detail": "not successful"}, Outcome.FAILURE),
    ({"status_code": 200, "status_detail": "Invalid password"}, Outcome.FAILURE),
    ({"status_code": 0}, Outcome.SUCCESS),
    ({"status_code": 200}, Outcome.SUCCESS),
    ({"status_code": "0"}, Outcome.SUCCESS),
    ({"status_code": "ok"}, Outcome.SUCCESS),
    ({"status_code": "", "status_detail": "-"}, Outcome.SUCCESS),
    ({"status_code": 50074}, Outcome.PENDING),
    ({"status_code": "50140", "status_detail": "This error is an interrupt"}, Outcome.PENDING),
    ({"status": "Interrupted", "status_code": 50076}, Outcome.PENDING),
    ({"status": False}, Outcome.FAILURE),
    ({"status": True}, Outcome.SUCCESS),
    ({"status_id": False}, Outcome.FAILURE),
    ({"status_id": True}, Outcome.SUCCESS),
    ({"status_id": 0, "status": "true"}, Outcome.SUCCESS),
    ({"status": "ALLOW"}, Outcome.SUCCESS),
    ({"status": "Échec"}, Outcome.FAILURE),
    ({"activity_name": "LOGIN_ERROR"}, Outcome.FAILURE),
    ({"activity_name": "UserLoginFailed", "activity_id": 99}, Outcome.FAILURE),
    ({"activity_name": "Logon Failed", "status": "Success"}, Outcome.SUCCESS),
    ({"activity_name": "Logon"}, Outcome.SUCCESS),
]


@pytest.mark.parametrize(("said", "outcome"), SAID_OTHERWISE, ids=str)
def test_outcomes_without_a_status_id(said: dict[str, Any], outcome: Outcome) -> None:
    event = read(**({"status_id": ..., "session": ...} | said))
    assert (event.activity, event.outcome) == (Activity.LOGON, outcome)


def test_the_name_of_a_change_is_not_its_outcome() -> None:
    said = {"status_id": ..., "activity_id": 99, "activity_name": "Reset failed attempts"}
    assert change(**said).outcome is Outcome.SUCCESS


@pytest.mark.parametrize("kind", [300202, "300202", 300202.0])
def test_the_activity_may_be_in_the_type_alone(kind: object) -> None:
    assert read(activity_id=..., type_uid=kind).activity is Activity.LOGOFF
    assert read(activity_id=..., type_uid=kind, time=str(T)).activity is Activity.LOGOFF
    assert read(activity_id=1, type_uid=kind).activity is Activity.LOGON
    named = read(activity_id=..., activity_name="Renew", type_uid=kind)
    assert named.activity is Activity.REFRESH
    assert read(activity_id=..., activity_name="Renew", type_uid=kind, time=str(T)) == named


def test_the_type_of_a_change_tells_it_and_that_of_another_class_nothing() -> None:
    assert change(activity_id=..., type_uid=300111).change is Change.FACTOR_REMOVED
    assert change(activity_id=..., type_uid=300111, time=str(T)).change is Change.FACTOR_REMOVED
    assert change(activity_id=..., type_uid=300202).change is Change.OTHER
    assert read(activity_id=..., type_uid=300102).activity is Activity.LOGON


@pytest.mark.parametrize(
    ("user", "account", "by_name"),
    [
        ({"uid": "U-1 ", "name": "n"}, "U-1 ", False),
        ({"uid": 42}, "42", False),
        ({"name": "n", "email_addr": "e@x"}, "n", True),
        ({"uid": "", "name": "n"}, "n", True),
        ({"uid": "  ", "name": "-", "email_addr": "e@x"}, "e@x", True),
        ({"uid": "S-1-0-0", "name": "n"}, "n", True),
        ("n", "n", True),
    ],
    ids=str,
)
def test_accounts(user: object, account: str, by_name: bool) -> None:
    event = read(user=user)
    assert (event.account, event.account_by_name) == (account, by_name)


@pytest.mark.parametrize("number", [b"42", b"4.20", b"1e3", b"123456789012345678901234567890"])
def test_a_number_is_rendered_as_it_is_written(number: bytes) -> None:
    (event,) = Ocsf().parse(line(user={"uid": "@"}).replace(b'"@"', number), origin())
    assert event.account == number.decode()


def test_the_tenant_of_last_resort_is_the_source_s() -> None:
    assert read(metadata={"uid": "e-1"}).tenant == "acme"


def test_factors() -> None:
    password, otp = {"factor_type": "Password", "factor_type_id": 11}, {"factor_type_id": 7}
    assert read(auth_factors=[password, otp]).mfa_method == "OTP"
    assert read(auth_factors=[password, otp]).mfa is True
    assert read(auth_factors=[password, otp], is_mfa=False).mfa is False
    assert read(auth_factors=[password]).mfa_method == "Password"
    assert read(auth_factors=[password]).mfa is None
    assert read(mfa_factors=["push"]).mfa_method == "push"
    assert read(session={"uid": "s", "is_mfa": True}).mfa is True


def test_a_failure_of_nobody_from_somewhere_is_an_event() -> None:
    event = read(user=..., status_id=2)
    assert (event.account, event.account_name, event.ip) == ("", None, "192.0.2.1")
    assert read(user={"uid": None}, status_id=99, status="Pending").account == ""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"user": ...}, "a success of no account"),
        ({"user": ..., "status_id": 2, "src_endpoint": ...}, "neither an account nor an address"),
        ({"user": ..., "status_id": 2, "src_endpoint": {"ip": "host"}}, "neither an account"),
        ({"time": ...}, "no time"),
        ({"time": "soon"}, "not a time: 'soon'"),
        ({"time": {}}, "a time of no use"),
        ({"time": -1}, "before 1970"),
        ({"time": 253_402_300_800_000}, "past year 9999"),
        ({"time": 10**400}, "past year 9999|too long"),
        ({"class_uid": ...}, "no class_uid"),
        ({"class_uid": 3001, "user": ...}, "a change to no account"),
    ],
    ids=str,
)
def test_what_cannot_be_an_event_is_rejected(said: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedLine, match=reason):
        Ocsf().parse(line(**said), origin())


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b"null", b"7", b'"x"', b"nope", b'{"a":' * 100_000, b"[" * 100_000]
)
def test_what_is_no_object_is_rejected(raw: bytes) -> None:
    with pytest.raises(MalformedLine):
        Ocsf().parse(raw, origin())


def test_other_classes_and_blank_lines_are_passed_over() -> None:
    for raw in (
        b"",
        b" \r",
        b"\x00" * 9,
        line(class_uid=1007, time="never"),
        line(class_uid="2004"),
    ):
        assert Ocsf().parse(raw, origin()) == []


def test_the_object_may_be_the_message_of_a_syslog_line() -> None:
    (bare,) = Ocsf().parse(line(), origin())
    for header in (b"<14>", b"<14>May  4 10:00:00 gate app[3]: ", b"<14>1 - gate app 7 - - @cee:"):
        assert Ocsf().parse(header + line(), origin()) == [bare]
        # Only a source that says it is OCSF: else whoever can have a program write a message
        # of his own could write sign-ins.
        assert not Ocsf().claims(header + line())


def test_what_encoders_and_editors_leave_does_no_harm() -> None:
    usual = read()
    for raw in (b"\xef\xbb\xbf" + line(), b"\x00\x00" + line() + b"\r", b"\x1e" + line()):
        assert Ocsf().parse(raw, origin()) == [usual]
    (latin,) = Ocsf().parse(line(user={"uid": "@"}).replace(b"@", b"caf\xe9"), origin())
    assert latin.account == "café"
    (mixed,) = Ocsf().parse(
        line(user={"uid": "@"}).replace(b"@", "né\udce9".encode("utf-8", "surrogateescape")),
        origin(),
    )
    assert mixed.account == "néé"
    (control,) = Ocsf().parse(line(user={"uid": "@"}).replace(b"@", b"a\x01"), origin())
    assert control.account == "a\x01"
    assert read(user={"uid": "a\x00"}).account == "a␀"
    assert read(user={"uid": "\ud800"}).account == "\\ud800"
    assert read(score=float("nan")) == usual


def test_a_repeated_native_uid_at_another_time_is_another_event() -> None:
    assert read(time=T + 1).id != read().id
    assert read(status_id=2).id == read().id


def test_without_a_native_uid_identical_lines_are_events_of_their_own() -> None:
    counted = origin()
    raw = line(metadata={})
    first, second = (Ocsf().parse(raw, counted)[0].id for _ in range(2))
    assert first != second
    assert Ocsf().parse(raw, origin())[0].id == first


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, Change.CREATED),
        (2, Change.ENABLED),
        (3, Change.PASSWORD),
        (4, Change.PASSWORD),
        (5, Change.DISABLED),
        (6, Change.DELETED),
        (7, Change.ROLE),
        (8, Change.ROLE),
        (9, Change.LOCKED),
        (10, Change.FACTOR_ADDED),
        (11, Change.FACTOR_REMOVED),
        (12, Change.UNLOCKED),
        (99, Change.OTHER),
    ],
)
def test_changes(number: int, expected: Change) -> None:
    assert change(activity_id=number).change is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Password Change", Change.PASSWORD),
        ("reset MFA factors", Change.FACTOR_REMOVED),
        ("MFA factor removed", Change.FACTOR_REMOVED),
        ("Enroll factor", Change.FACTOR_ADDED),
        ("Unlock", Change.UNLOCKED),
        ("Account locked", Change.LOCKED),
        ("Deactivate", Change.DISABLED),
        ("Activate", Change.ENABLED),
        ("Role assigned", Change.ROLE),
        ("Rename", Change.OTHER),
    ],
)
def test_changes_by_name(name: str, expected: Change) -> None:
    assert change(activity_id=99, activity_name=name).change is expected


def test_who_changed_whom() -> None:
    event = change(activity_id=3, actor={"user": {"name": "root"}}, status_id=2)
    assert (event.account, event.actor, event.outcome) == ("u-1", "root", Outcome.FAILURE)
    own = change(user=..., activity_id=3, actor={"user": {"uid": "u-9"}})
    assert (own.account, own.actor) == ("u-9", "u-9")


def test_claims() -> None:
    one = Ocsf()
    assert one.claims(line())
    assert one.claims(b'\xef\xbb\xbf {"class_uid":1007}')
    assert one.claims(b'{"type_uid":300201}')
    assert one.claims(b"\x1e" + line())
    assert not one.claims(b'{"MESSAGE":"\\"type_uid\\"","type_uid":1}')
    assert not one.claims(b'"class_uid"')
    assert not one.claims(b"")
