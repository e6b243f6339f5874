"""Lines that are shown give no secret away, and do nothing to whoever looks at them."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.health.redaction import READ, redact, visible

SECRET = "hunter2Tr0ub4dor"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"password=hunter2 ok", "password=*** ok"),
        (b"pwd: hunter2, next", "pwd: ***, next"),
        (b'{"user":"ann","password":"a \\"b\\" c","x":1}', '{"user":"ann","password":"***","x":1}'),
        (b"{'db_password': 'abc'}", "{'db_password': '***'}"),
        (b'{"message":"{\\"token\\":\\"abc\\"}"}', '{"message":"{\\"token\\":\\"***\\"}"}'),
        (b"Authorization: Basic YW5uOmh1bnRlcjI=", "Authorization: ***"),
        (b"sent Bearer abcdefghi.jkl here", "sent Bearer *** here"),
        (b"GET /x?api_key=abc&page=2", "GET /x?api_key=***&page=2"),
        (b"postgresql://vigie:pw@db/x", "postgresql://***@db/x"),
        (b"ann.smith+x@acme.example signed on", "***@acme.example signed on"),
        (b"from 203.0.113.9 port 4022", "from 203.0.x.x port 4022"),
        (b"from 2001:db8:7:1::9 port", "from 2001:db8:x port"),
        (b"session=0123456789abcdef0123456789abcdef", "session=***"),
        (b"id 0123456789abcdef0123456789abcdef.", "id ***."),
        (b"Failed password for hunter2 from 192.0.2.7", "Failed password for *** from 192.0.x.x"),
        (b"Invalid user hunter2 from 192.0.2.7", "Invalid user *** from 192.0.x.x"),
        (b"mot de passe=abc; mdp: def", "mot de passe=***; mdp: ***"),
    ],
)
def test_secrets_names_and_addresses_are_masked(line: bytes, shown: str) -> None:
    assert redact(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "2026-09-21T14:02:07.123+00:00 web sshd[7]: Connection closed",
        "Sep 21 14:02:07 web sshd[7]: Server listening on port 22.",
        "the keyboard of monkey=3, version 1.2.3.4.5",
        "Réponse reçue : accès refusé",
    ],
)
def test_what_is_none_of_that_stays(line: str) -> None:
    assert redact(line.encode()) == line


@pytest.mark.parametrize(
    "template",
    [
        "password={}",
        "password: {}",
        'password="{}',
        '"password": "{}"',
        "'passwd':'{}'",
        "x-api-key={};",
        '{{"refresh_token": "{}", "a": 1}}',
        '{{\\"client_secret\\": \\"{}\\"}}',
        "token {} was",
        "Bearer {}",
        "https://ann:{}@host/",
        "cookie: sid={}",
        "PASSWORD = {}",
        "otp={}&x=1",
        "Failed password for invalid user {} from 192.0.2.1 port 1",
    ],
)
@given(before=st.text(max_size=60), after=st.text(max_size=60))
def test_a_secret_is_masked_wherever_it_stands(template: str, before: str, after: str) -> None:
    if template.startswith("token {}"):
        template = template.replace("token {}", "token is {}")
    line = f"{before} {template.format(SECRET)} {after}"
    assert SECRET not in redact(line.encode("utf-8", "replace"), shown=2_000)


@given(st.binary(max_size=2 * READ))
def test_it_is_short_and_nothing_in_it_controls_or_hides(raw: bytes) -> None:
    shown = redact(raw, shown=200)
    assert len(shown) <= 200
    assert all(
        c == " " or unicodedata.category(c)[0] not in "CZ" or c in "\xa0\u202f" for c in shown
    )


def test_what_is_cut_off_says_so() -> None:
    assert redact(b"x" * 600).endswith("x…")
    assert redact(b"xy " * READ, shown=5_000).endswith("…")
    assert not redact(b"x" * 20).endswith("…")


def test_control_characters_are_written_out() -> None:
    assert visible("\x1b[31m\0\u202e\n\tä") == "\\x1b[31m\\x00\\u202e\\n\\tä"
    assert redact(b"\xff\xfe ok") == "\\xff\\xfe ok"


@given(st.dictionaries(st.sampled_from(["password", "token", "secret", "note"]), st.text()))
def test_json_gives_none_of_its_secrets_away(values: dict[str, str]) -> None:
    planted = {k: v + SECRET for k, v in values.items()}
    for ensure in (True, False):
        line = json.dumps(planted, ensure_ascii=ensure).encode("utf-8", "replace")
        shown = redact(line, shown=10_000)
        allowed = "note" in planted
        assert shown.count(SECRET) <= int(allowed)
