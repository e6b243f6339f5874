"""An application hands over its user with the lines that the manual shows, and they come in."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.clock import now_ms
from monitor.mfa import hand_off
from monitor.mfa.hand_off import SHORTEST_SECRET
from tests.docs.manual import blocks, sections

PAGE = (Path(__file__).parents[2] / "docs/mfa.md").read_text(encoding="utf-8")
SECRET = "k" * SHORTEST_SECRET


@pytest.mark.parametrize("state", ["", "asked-by-this-browser"])
def test_the_lines_of_the_manual_hand_somebody_over(
    monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setenv("VIGIE_HAND_OFF_SECRET", SECRET)
    (block,) = (
        one for one in blocks(sections(PAGE)["What subscribers see"]) if "hand_off" in one.text
    )
    there: dict[str, Any] = {}
    exec(compile(block.text, "docs/mfa.md", "exec"), there)  # noqa: S102 - the manual's own
    address = urlsplit(there["vigie_page"]("acme", "marie", "s-1", state))
    assert address.path == "/me/enter"
    token = parse_qs(address.query)["hand_off"][0]
    found = hand_off.read(token, SECRET.encode(), now_ms())
    assert (found.tenant, found.sub, found.sid, found.state) == ("acme", "marie", "s-1", state)


def test_it_is_ten_lines_besides_imports() -> None:
    (block,) = (
        one for one in blocks(sections(PAGE)["What subscribers see"]) if "hand_off" in one.text
    )
    body = block.text.partition("def ")[2].splitlines()
    assert len([line for line in body if line.strip() and not re.match(r' *"""', line)]) <= 10
