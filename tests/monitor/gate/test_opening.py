"""What the settings say is what knows, and what is answered."""

from typing import Any

import pytest

from monitor.gate.cookie import Body, CookieKnower, sealed
from monitor.gate.introspection import IntrospectionKnower
from monitor.gate.known import Known
from monitor.gate.opening import knower, rules
from monitor.gate.terms import Terms
from monitor.gate.token import TokenKnower
from tests.monitor.gate.test_terms import SECRET, WAYS, terms

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("way", "kind"),
    [("cookie", CookieKnower), ("token", TokenKnower), ("introspection", IntrospectionKnower)],
)
def test_each_way_has_its_knower(way: str, kind: type) -> None:
    assert isinstance(knower(terms(way), "main", lambda: NOW), kind)
    assert set(WAYS) == {"cookie", "token", "introspection"}


def test_without_a_way_there_is_none() -> None:
    with pytest.raises(ValueError, match="no gate"):
        knower(Terms(), "main", lambda: NOW)


@pytest.mark.parametrize(("tenant", "found"), [(None, "main"), ("acme", "acme")])
def test_whose_an_account_is_where_nothing_says_it(tenant: str | None, found: str) -> None:
    made = knower(terms("cookie", tenant=tenant), "main", lambda: NOW)
    body = Body("u", "s", NOW / 1_000, NOW / 1_000 + 9)
    assert isinstance(made, CookieKnower)
    told = [(b"cookie", f"vigie_gate={sealed(SECRET, body)}".encode())]
    assert made.read(told) == Known(found, "u", "s", NOW)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, (False, True, False)),
        ({"unknown": "pass"}, (True, True, False)),
        ({"on_failure": "closed"}, (False, False, False)),
        ({"closed_paths": ("/admin",)}, (False, True, True)),
    ],
)
def test_what_is_done_where_nobody_can_tell(
    changes: dict[str, Any], said: tuple[bool, bool, bool]
) -> None:
    made = rules(terms("cookie", **changes), "https://vigie.example.com")
    assert (made.passes_unknown, made.fails_open, made.closed.has(b"/admin/x")) == said
    assert made.ways.checked("/x") == "https://app.example.com/x"
