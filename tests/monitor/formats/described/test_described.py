"""Formats made of descriptions: lines in, events out."""

import json
import tomllib
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from detectors.core.event import AccountChange, Activity, Change, FailureReason, Outcome, SignIn
from monitor.formats.described.described import Described
from monitor.formats.described.errors import DescriptionError
from monitor.formats.format import MAXIMUM_LINE, MalformedLine, Origin
from monitor.formats.identity import line_id, native_id
from monitor.formats.occurrence import Occurrences

NOON = 1_714_809_600_000
CRM = """
kind = "json"
only = { app = "crm" }
[fields]
time = "ts"
event.from = "type"
event.values = { in = "LOGON", out = "LOGOFF", pw = "CHANGE PASSWORD", x = "IGNORE" }
outcome = "result"
failure_reason = "why"
account = "user.id"
account_name = "user.mail"
tenant = "org"
session = "sid"
ip = ["xff", "ip"]
user_agent = "ua"
mfa = "mfa"
mfa_method = "factor"
actor = "by"
uid = "id"
"""
BASE = {"app": "crm", "ts": 1_714_809_600, "type": "in", "result": "ok", "user": {"id": "u1"}}


def crm(zone: Any = None) -> Described:
    one = Described("crm", tomllib.loads(CRM))
    return one if zone is None else one.in_zone(zone)


def origin(count: int = 0) -> Origin:
    return Origin("app", "acme", lambda month, day: 2024, lambda second, line: count)


def line(**changes: Any) -> bytes:
    merged = {k: v for k, v in (BASE | changes).items() if v is not None}
    return json.dumps(merged).encode()


def read(**changes: Any) -> Any:
    events = crm().parse(line(**changes), origin())
    assert len(events) <= 1
    return events[0] if events else None


def why(**changes: Any) -> str:
    with pytest.raises(MalformedLine) as caught:
        crm().parse(line(**changes), origin())
    return str(caught.value)


def test_every_field_of_a_sign_in() -> None:
    got = read(
        result="failed",
        why="wrong password",
        user={"id": 7, "mail": "ann@example.org"},
        org="acme-2",
        sid="s",
        xff="unknown",
        ip="192.0.2.7:443",
        ua="Mozilla",
        mfa="no",
        factor="totp",
        id="e1",
    )
    assert got == SignIn(
        id=native_id(NOON, "app", "acme-2", "e1"),
        time=NOON,
        tenant="acme-2",
        account="7",
        account_name="ann@example.org",
        account_by_name=False,
        source="app",
        uid="e1",
        activity=Activity.LOGON,
        outcome=Outcome.FAILURE,
        failure_reason=FailureReason.BAD_PASSWORD,
        session="s",
        ip="192.0.2.7",
        user_agent="Mozilla",
        mfa=False,
        mfa_method="totp",
    )


def test_a_change_to_an_account() -> None:
    got = read(type="pw", by="admin", result=None)
    assert isinstance(got, AccountChange)
    assert (got.change, got.outcome, got.actor) == (Change.PASSWORD, Outcome.SUCCESS, "admin")
    failed = read(type="pw", result="denied")
    assert failed.outcome is Outcome.FAILURE


def test_what_a_line_does_not_say() -> None:
    got = read()
    assert (got.account, got.account_name, got.account_by_name) == ("u1", None, False)
    assert got.tenant == "acme"
    assert (got.uid, got.session, got.ip, got.mfa, got.failure_reason) == (None,) * 5
    assert got.id == line_id(NOON, "app", "acme", line(), 0)
    (again,) = crm().parse(line(), origin(3))
    assert again.id == line_id(NOON, "app", "acme", line(), 3)
    named = read(user={"mail": "ann"})
    assert (named.account, named.account_name, named.account_by_name) == ("ann", "ann", True)


def test_identical_lines_without_an_id_are_an_event_each() -> None:
    counting = Occurrences(limit=None)
    one = Origin("app", "acme", lambda month, day: 2024, counting.occurrence)
    assert len({crm().parse(line(), one)[0].id for _ in range(3)}) == 3
    assert len({crm().parse(line(id="e"), one)[0].id for _ in range(3)}) == 1


@pytest.mark.parametrize(
    "changes",
    [{"app": "shop"}, {"app": None}, {"type": "sale"}, {"type": None}, {"type": "x"}],
)
def test_lines_about_something_else_give_nothing(changes: dict[str, Any]) -> None:
    assert read(**changes) is None
    assert crm().claims(line(**changes)) == ("type" in changes)


def test_nothing_is_required_of_a_blank_line() -> None:
    assert crm().parse(b" \r\n", origin()) == []


def test_what_should_be_an_event_and_cannot_be_read_says_which_field() -> None:
    assert why(ts=None) == "no time where fields.time says"
    assert why(ts="soon") == "no time that can be read: not a time: 'soon'"
    assert why(result="blue") == "neither a success nor a failure by fields.outcome: 'blue'"
    assert why(result=None) == "neither a success nor a failure by fields.outcome: nothing"
    assert why(type="pw", result="blue").endswith("fields.outcome: 'blue'")
    assert why(user=None) == "a success of no account"
    assert why(user={"id": "-"}, result="denied") == "neither an account nor an address"
    assert why(user={}, type="pw") == "a change to no account"
    with pytest.raises(MalformedLine, match="not JSON"):
        crm().parse(b"{", origin())
    with pytest.raises(MalformedLine, match="longer than"):
        crm().parse(b"x" * (MAXIMUM_LINE + 1), origin())


def test_a_failure_of_nobody_tells_of_its_address() -> None:
    got = read(user=None, result="denied", ip="192.0.2.1")
    assert (got.account, got.account_name, got.ip) == ("", None, "192.0.2.1")


def test_values_are_bounded() -> None:
    got = read(user={"id": "u" * 5_000}, sid="s\x00")
    assert len(got.account) == 1_024
    assert got.session == "s\N{SYMBOL FOR NULL}"


def test_other_shapes_may_be_passed_over() -> None:
    lax = Described("crm", tomllib.loads('unmatched = "skip"\n' + CRM))
    assert lax.parse(b"Traceback (most recent call last):", origin()) == []
    assert len(lax.parse(line(), origin())) == 1


@pytest.mark.parametrize(
    ("given", "claimed"),
    [
        (line(), True),
        (line(ts=None), False),
        (line(ts="soon"), False),
        (line(app="shop"), False),
        (b'{"class_uid":3002}', False),
        (b"", False),
        (b"x" * (MAXIMUM_LINE + 1), False),
    ],
)
def test_it_claims_lines_of_its_shape_and_choice_that_bear_a_time(
    given: bytes, claimed: bool
) -> None:
    assert crm().claims(given) == claimed


def test_bare_stamps_are_of_the_description_s_zone_else_the_source_s() -> None:
    bare = line(ts="2024-05-04T10:00:00")
    paris = ZoneInfo("Europe/Paris")
    assert crm(paris).parse(bare, origin())[0].time == NOON
    assert crm().parse(bare, origin())[0].time == NOON + 7_200_000
    text = CRM.replace('time = "ts"', 'time = { from = "ts", zone = "Asia/Tokyo" }')
    tokyo = Described("crm", tomllib.loads(text)).in_zone(paris)
    assert tokyo.parse(bare, origin())[0].time == NOON - 7 * 3_600_000


SYSLOG = """
kind = "json"
envelope = "syslog"
program = "crm*"
[fields]
time = { header = "time" }
account = "who"
outcome = "ok"
session = { header = "pid" }
"""


@pytest.mark.parametrize(
    ("raw", "time"),
    [
        (b'May  4 10:00:00 web crm[7]: {"who": "ann", "ok": true}', NOON),
        (b'<38>1 2024-05-04T08:00:00Z web crm-api 7 - - {"who": "ann", "ok": true}', NOON),
        (
            json.dumps(
                {
                    "__REALTIME_TIMESTAMP": str(NOON * 1_000),
                    "SYSLOG_IDENTIFIER": "crm",
                    "_PID": "7",
                    "MESSAGE": '{"who": "ann", "ok": true}',
                }
            ).encode(),
            NOON,
        ),
    ],
)
def test_an_envelope_is_taken_off(raw: bytes, time: int) -> None:
    one = Described("crm", tomllib.loads(SYSLOG)).in_zone(ZoneInfo("Europe/Paris"))
    assert one.claims(raw)
    (got,) = one.parse(raw, origin())
    assert (got.account, got.session, got.time) == ("ann", "7", time)


def test_other_programs_and_other_lines_in_an_envelope() -> None:
    one = Described("crm", tomllib.loads(SYSLOG))
    cron = b"May  4 10:00:00 web cron[7]: (root) CMD (true)"
    assert one.parse(cron, origin()) == []
    assert not one.claims(cron)
    assert one.parse(b"May  4 10:00:00 web last message repeated 2 times", origin()) == []
    with pytest.raises(MalformedLine, match="no JSON object"):
        one.parse(b"May  4 10:00:00 web crm[7]: started", origin())
    with pytest.raises(MalformedLine, match="no syslog header"):
        one.parse(b'{"who": "ann"}', origin())
    assert one.day_without_year(cron) == (5, 4)


def test_a_stamp_without_a_year_waits_for_one() -> None:
    text = CRM.replace('time = "ts"', 'time = { from = "ts", format = "%b %d %T" }')
    one = Described("crm", tomllib.loads(text))
    bare = line(ts="Feb 29 10:00:00")
    assert one.day_without_year(bare) == (2, 29)
    assert one.day_without_year(line(ts=None)) is None
    assert one.day_without_year(b"x") is None
    assert one.parse(bare, origin())[0].time == 1_709_200_800_000
    assert crm().day_without_year(bare) is None


def test_it_says_what_it_is() -> None:
    assert (crm().name, crm().kind) == ("crm", "json")
    assert crm().title == "Described in the settings as crm"
    assert Described("crm", tomllib.loads('title = "CRM"\n' + CRM)).title == "CRM"


def test_a_program_needs_an_envelope() -> None:
    with pytest.raises(DescriptionError, match="program: there is none without envelope"):
        Described("crm", tomllib.loads('program = "x"\n' + CRM))
