"""The lines that the manual gives to applications make what the gate reads."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from monitor.clock import now_ms
from monitor.gate.cookie import CookieKnower
from monitor.gate.terms import fault
from monitor.settings import load
from tests.gate.guarded import SECRET, page_blocks

KINDS = {"python", "toml", "nginx", "caddy", "yaml"}


@pytest.fixture
def django(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The manual's middleware, and as much of Django as it names."""
    heard: list[Any] = []
    signals, dispatch = ModuleType("django.contrib.auth.signals"), ModuleType("django.dispatch")
    signals.user_logged_in = object()  # type: ignore[attr-defined]
    dispatch.receiver = lambda _: lambda found: heard.append(found) or found  # type: ignore[attr-defined]
    for name in ("django", "django.contrib", "django.contrib.auth"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "django.contrib.auth.signals", signals)
    monkeypatch.setitem(sys.modules, "django.dispatch", dispatch)
    monkeypatch.setenv("GATE_SECRET", SECRET)
    made: dict[str, Any] = {"heard": heard}
    sealing, _fastapi, django = page_blocks("python")
    for block in (sealing, django):
        exec(compile(block.text, "docs/mfa.md", "exec"), made)  # noqa: S102 - the manual's own
    return made


class Session(dict[str, Any]):
    """As Django's, as far as the middleware looks at it."""

    session_key: str | None = None


class Answer:
    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def set_cookie(self, name: str, value: str, **_how: object) -> None:
        self.cookies[name] = value


def test_djangos_middleware_seals_who_signed_in_and_when(django: dict[str, Any]) -> None:
    request = SimpleNamespace(
        session=Session(), user=SimpleNamespace(is_authenticated=False, pk=None)
    )

    def view(request: Any) -> Answer:
        if request.user.pk is None:
            request.user.is_authenticated, request.user.pk = True, 7
            request.session.session_key = "the key"
            django["heard"][0](request=request, sender=None)
        return Answer()

    middleware = django["VigieGate"](view)
    knower = CookieKnower("vigie_gate", (SECRET,), "sessionid", "acme", now_ms)

    def known(answer: Answer, key: str) -> Any:
        line = f"vigie_gate={answer.cookies['vigie_gate']}; sessionid={key}"
        return knower.read([(b"cookie", line.encode())])

    first = known(middleware(request), "the key")
    assert (first.account, first.tenant, len(first.session)) == ("7", "acme", 32)
    assert "the key" not in first.session
    # It grows no younger by being used.
    assert known(middleware(request), "the key") == first
    assert known(middleware(request), "another") is None


def test_nobody_who_has_not_signed_in_is_given_one(django: dict[str, Any]) -> None:
    request = SimpleNamespace(session=Session(), user=SimpleNamespace(is_authenticated=False))
    assert django["VigieGate"](lambda _: Answer())(request).cookies == {}


def test_the_settings_that_it_shows_are_whole(tmp_path: Path) -> None:
    (block,) = page_blocks("toml")
    (tmp_path / "vigie.toml").write_text(block.text)
    terms = load(tmp_path / "vigie.toml", {}).gate
    assert terms.is_on
    assert fault(terms) is None


def test_every_block_is_of_a_kind_that_a_test_reads() -> None:
    found = {kind for kind in KINDS if page_blocks(kind)}
    assert found == KINDS
