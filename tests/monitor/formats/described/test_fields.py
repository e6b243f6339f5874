"""The fields of a description: which are needed, and what their values can be."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from detectors.core.event import Activity, FailureReason, Outcome
from monitor.formats.described.description import description_of
from monitor.formats.described.errors import DescriptionError
from monitor.formats.described.fields import Readings, readings_of
from monitor.formats.described.meaning import Meaning
from monitor.formats.described.shapes import shape_of

LEAST = {"time": "ts", "account": "who", "outcome": "ok"}


def readings(envelope: str | None = None, **fields: Any) -> Readings:
    given = {k: v for k, v in (LEAST | fields).items() if v is not None}
    description = description_of({"kind": "json", "envelope": envelope, "fields": given})
    return readings_of(description, shape_of(description))


def test_the_least_is_a_time_somebody_and_an_outcome() -> None:
    got = readings()
    assert got.event is None
    assert got.texts.account is not None
    assert got.texts.account.take({"who": "ann"}, None).value == "ann"
    assert got.outcome is not None
    told = [got.outcome.take({"ok": one}, None).value for one in (True, "denied", 401, "blue")]
    assert told == [Outcome.SUCCESS, Outcome.FAILURE, Outcome.FAILURE, None]


def test_values_are_of_the_field_s_kind() -> None:
    got = readings(
        event={"from": "type", "values": {"in": "LOGON", "out": "LOGOFF", "x": "IGNORE"}},
        failure_reason={"from": "why", "values": {"e7": "LOCKED"}},
        mfa={"from": "amr", "values": {"otp": True}},
        ip="ip",
        tenant={"constant": 7},
        time={"from": "ts", "format": ["unix_s", "iso8601"], "zone": "Europe/Paris"},
    )
    assert got.event is not None
    assert got.event.take({"type": "in"}, None).value == Meaning(Activity.LOGON)
    assert got.event.take({"type": "x"}, None).value is None
    assert got.event.take({"type": "sale"}, None).value is None
    assert got.failure_reason is not None
    told = [got.failure_reason.take({"why": one}, None).value for one in ("E7", "bad password")]
    assert told == [FailureReason.LOCKED, FailureReason.BAD_PASSWORD]
    assert got.mfa is not None
    assert [got.mfa.take({"amr": one}, None).value for one in ("otp", "no", "?")] == [
        True, False, None,
    ]  # fmt: skip
    assert got.texts.ip is not None
    assert got.texts.ip.take({"ip": "[2001:DB8::1]:443"}, None).value == "2001:db8::1"
    assert got.texts.ip.take({"ip": "unknown"}, None).value is None
    assert got.texts.tenant is not None
    assert got.texts.tenant.take({}, None).value == "7"
    assert got.zone == ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("fields", "key", "reason"),
    [
        ({"time": None}, "fields.time", "is needed"),
        ({"account": None}, "fields.account", "account or account_name is needed"),
        ({"outcome": None}, "fields.outcome", "nothing says whether a LOGON succeeded"),
        (
            {"outcome": None, "event": {"from": "t", "values": {"a": "LOGOFF", "b": "LOGON"}}},
            "fields.outcome",
            "nothing says whether a LOGON succeeded",
        ),
        ({"event": "type"}, "fields.event", "expected { from = 'type', values ="),
        ({"event": {"from": "type"}}, "fields.event", "needs values"),
        (
            {"event": {"from": "t", "values": {"a": "LOGIN"}}},
            "fields.event.values.a",
            "expected first one of LOGON",
        ),
        ({"outcome": {"from": "o", "values": {"a": "yes"}}}, "fields.outcome.values.a", "SUCCESS"),
        ({"mfa": {"from": "m", "values": {"a": "yes"}}}, "fields.mfa.values.a", "true or false"),
        ({"failure_reason": {"constant": "x"}}, "fields.failure_reason.constant", "BAD_PASSWORD"),
        ({"ip": {}}, "fields.ip", "expected one of from, header and constant"),
        ({"ip": {"from": "a", "constant": 1}}, "fields.ip", "expected one of from, header"),
        ({"ip": {"from": []}}, "fields.ip.from", "an empty list"),
        ({"ip": {"from": "a..b"}}, "fields.ip.from", "cannot be read as a path"),
        ({"ip": {"header": "host"}}, "fields.ip.header", "envelope"),
        ({"ip": {"from": "a", "item": 2}}, "fields.ip.item", "counts from 1"),
        ({"ip": {"from": "a", "split": ",", "item": 0}}, "fields.ip.item", "counts from 1"),
        ({"ip": {"from": "a", "match": "["}}, "fields.ip.match", "no regular expression"),
        ({"ip": {"from": "a", "otherwise": "x"}}, "fields.ip.otherwise", "there is none"),
        ({"ip": {"from": "a", "values": {}}}, "fields.ip.values", "an empty table"),
        ({"time": {"from": "t", "format": "x"}}, "fields.time.format", "expected one of auto"),
        ({"time": {"from": "t", "format": []}}, "fields.time.format", "an empty list"),
        ({"time": {"from": "t", "zone": "Paris"}}, "fields.time.zone", "such as Europe/Paris"),
        ({"time": {"header": "time"}}, "fields.time.header", "envelope"),
    ],
)
def test_a_field_that_cannot_be_is_named(fields: dict[str, Any], key: str, reason: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        readings(**fields)
    assert caught.value.key == key
    assert reason in caught.value.reason


def test_the_envelope_s_own_time() -> None:
    assert readings("syslog", time={"header": "time"}).time is None
