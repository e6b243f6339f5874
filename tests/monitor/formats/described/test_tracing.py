"""Whence the values of a described format came."""

import json
import tomllib
from typing import Any

import pytest

from monitor.formats.described.described import Described
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.whence import Traced, Whence

CRM = """
kind = "json"
only = { app = "crm" }
[fields]
time = { from = ["ts", "time"], zone = "Europe/Paris" }
event.from = "type"
event.values = { in = "LOGON", out = "LOGOFF", bad = "LOGON FAILURE LOCKED" }
event.default = "OTHER"
outcome = { from = "result", values = { yes = "SUCCESS" }, otherwise = "FAILURE" }
failure_reason = "why"
account = ["user.id", "user.sub"]
account_name = "user.mail"
tenant = { constant = "callco" }
session = { from = ["host", "sid"], join = "/" }
ip = { from = "xff", split = "," }
mfa = "mfa"
"""
VALUES = "formats.crm.fields.event.values"


def traced(**record: Any) -> Traced:
    one = Described("crm", tomllib.loads(CRM))
    line = json.dumps({"app": "crm", "ts": 1_714_809_600} | record).encode()
    origin = Origin("web", "acme", lambda month, day: 2024, lambda second, raw: 0)
    (found,) = one.trace(line, origin)
    return found


def test_places_texts_and_tables() -> None:
    got = traced(
        type="In",
        result="yes",
        user={"sub": 7, "mail": "ann"},
        xff="192.0.2.1, 10.0.0.1",
        host="web",
        sid=5,
        mfa=False,
    )
    assert got["time"] == (Whence("path ts", "1714809600"),)
    assert got["activity"] == (Whence("path type", "In", VALUES),)
    assert got["outcome"] == (Whence("path result", "yes", "formats.crm.fields.outcome.values"),)
    assert got["account"] == (Whence("path user.sub", "7"),)
    assert got["account_name"] == (Whence("path user.mail", "ann"),)
    assert got["tenant"] == (Whence("formats.crm.fields.tenant", through="its constant"),)
    assert got["session"] == (Whence("path host and path sid", "web/5"),)
    assert got["ip"] == (Whence("path xff", "192.0.2.1"),)
    assert got["mfa"] == (Whence("path mfa", "false"),)
    assert "user_agent" not in got


def test_what_the_words_for_an_event_say_came_from_the_event() -> None:
    got = traced(type="bad", why="x", user={"mail": "ann"})
    event = (Whence("path type", "bad", VALUES),)
    assert got["outcome"] == got["failure_reason"] == event
    assert got["account"] == got["account_by_name"] == (Whence("path user.mail", "ann"),)


def test_what_no_line_says() -> None:
    got = traced(user={"sub": 7}, result="yes")
    assert got["activity"] == (Whence("formats.crm.fields.event", through="its default"),)
    left = traced(user={"sub": 7}, type="out")
    assert left["outcome"] == (Whence("formats.crm.fields", through="no outcome: a success"),)


def test_the_description_s_zone_is_named_where_the_stamp_names_none() -> None:
    zone = Whence("formats.crm.fields.time.zone", through="Europe/Paris")
    bare = traced(ts=None, time="2024-05-04T10:00:00", user={"sub": 7}, result="yes")
    assert bare["time"] == (Whence("path time", "2024-05-04T10:00:00"), zone)
    told = traced(ts="2024-05-04T10:00:00Z", user={"sub": 7}, result="yes")
    assert zone not in told["time"]


def test_other_lines_have_nothing_to_tell() -> None:
    one = Described("crm", tomllib.loads(CRM))
    origin = Origin("web", "acme", lambda month, day: 2024, lambda second, raw: 0)
    assert one.trace(b'{"app": "shop"}', origin) == []
    assert one.trace(b"", origin) == []
    with pytest.raises(MalformedLine):
        one.trace(b"{", origin)
