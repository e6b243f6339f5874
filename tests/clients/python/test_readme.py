"""What the client's README shows runs, against a server that answers."""

from pathlib import Path
from typing import Any

import pytest
from vigie_client import Verdict, Vigie

from tests.clients.python.asked import KEY
from tests.clients.python.promises import ALLOWED
from tests.clients.python.speaking import Speaker, says
from tests.docs.manual import blocks

README = Path(__file__).parents[3] / "clients/python/README.md"
SHOWN = [block.text for block in blocks(README.read_text(encoding="utf-8"))]


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(text, str(README), "exec"), names)  # noqa: S102 - our own page
    return names


def test_a_sign_in_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_KEY", KEY)
    with Speaker(says(200, ALLOWED)) as speaker:
        names = run(SHOWN[0].replace("https://vigie.example.com", speaker.url))
        with names["vigie"] as vigie:
            assert isinstance(vigie, Vigie)
            assert names["after_the_password"]("u-1", "192.0.2.7", "curl/8") is Verdict.ALLOW
        assert len(speaker.asked) == 1


def test_both_sides_of_a_step_up() -> None:
    names = run(SHOWN[1])
    assert names["header"].startswith('Bearer error="insufficient_user_authentication"')
    assert len(SHOWN) == 2
