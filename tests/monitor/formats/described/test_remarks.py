"""What is said of lines that a description misses."""

import tomllib

from monitor.formats.described.described import Described

JSON = """
kind = "json"
only = { app = "crm" }
[fields]
time = "ts"
event = { from = "type", values = { in = "LOGON", x = "IGNORE" } }
outcome = "result"
account = "user.id"
"""
REGEX = r"""
kind = "regex"
pattern = '(?P<ip>\S+) \[(?P<time>[^\]]+)\] (?P<user>\w+)'
[fields]
time = { from = "time", format = "%d/%m/%Y" }
event = { constant = "LOGON SUCCESS" }
account = "user"
"""
CSV = """
kind = "csv"
columns = "time,user"
comment = "#"
[fields]
time = "time"
event = { constant = "LOGON SUCCESS" }
account = "user"
"""


def remarks(text: str, line: bytes) -> list[str]:
    return Described("crm", tomllib.loads(text)).remarks(line)


def test_a_line_that_is_not_chosen_says_by_what() -> None:
    said = remarks(JSON, b'{"app": "shop", "n": {"m": 5}}')
    assert said == ["only.app does not list 'shop'", "paths of the line: app = 'shop', n.m = '5'"]


def test_an_event_that_is_not_listed_is_named() -> None:
    assert remarks(JSON, b'{"app": "crm", "type": "sale"}')[0] == (
        "fields.event.values does not list 'sale'"
    )
    assert remarks(JSON, b'{"app": "crm"}')[0] == "fields.event: nothing is where its `from` says"
    assert remarks(JSON, b'{"app": "crm", "type": "x"}')[0] == (
        "fields.event.values: 'x' is to be ignored"
    )


def test_what_is_missing_is_named_and_what_is_there() -> None:
    said = remarks(JSON, b'{"app": "crm", "type": "in", "user": {"uid": 7}}')
    assert said[0] == "nothing was found for time, outcome, account"
    assert said[1] == "paths of the line: app = 'crm', type = 'in', user.uid = '7'"


def test_how_far_a_pattern_matches_is_said() -> None:
    (said,) = remarks(REGEX, b"192.0.2.1 [04/05/2024] -")
    assert said == (
        "pattern: matches '192.0.2.1 [04/05/2024] ', the first 23 characters; then "
        r"'(?P<user>\w+)' does not match '-'"
    )
    at = REGEX.replace("'(?P<ip>", "'at (?P<ip>")
    assert remarks(at, b"x") == ["pattern: nothing of it matches; the line begins with 'x'"]


def test_columns_are_shown_by_name() -> None:
    assert remarks(CSV, b"soon,ann") == ["columns of the line: time = 'soon', user = 'ann'"]
    assert remarks(CSV, b"# time") == ["a comment, a header, or another program's line"]
    assert remarks(CSV, b"a,b,c") == []


def test_long_texts_and_long_lists_are_cut() -> None:
    line = (
        b'{"app": "' + b"a" * 100 + b'", ' + b", ".join(b'"k%d": 1' % n for n in range(60)) + b"}"
    )
    said = remarks(JSON, line)
    assert f"'{'a' * 60}…'" in said[1]
    assert said[1].endswith(" and 21 more")


def test_a_line_in_an_envelope_is_told_by_its_message() -> None:
    text = 'envelope = "syslog"\n' + REGEX
    (said,) = remarks(text, b"May  4 10:00:00 web crm[7]: 192.0.2.1 (04/05/2024) ann")
    assert said.startswith("pattern: matches '192.0.2.1 ', the first 10 characters")
    assert remarks(text, b"192.0.2.1 ann")[0].startswith("pattern: matches '192.0.2.1 '")
    assert remarks('envelope = "syslog"\n' + JSON, b"x") == []
