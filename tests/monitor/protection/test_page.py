"""The page is one file that shows text as text, in either language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.detector import Text
from monitor.protection.page import Grid, Letter, page, when
from monitor.protection.register import register
from tests.monitor.protection.test_register import FACTS


def letter(cell: str, total: int = 1) -> Letter:
    grid = Grid(
        title=Text("Sign-ins", "Connexions"),
        columns=(Text("a", "a"),),
        rows=[(cell,)],
        total=total,
    )
    return Letter(
        tenant=cell,
        account=cell,
        made=1_790_000_000_000,
        register=register(FACTS),
        grids=[grid],
        files=[("events.ndjson", Text("sign-ins", "connexions"))],
    )


@given(st.text(max_size=60))
def test_no_text_becomes_markup_or_control(text: str) -> None:
    made = page(letter(text), "en").decode("utf-8")
    assert made.count("<td>") == 1
    assert "\x1b" not in made
    assert "\u202e" not in made


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_stands_alone(language: str) -> None:
    made = page(letter("x", total=9), language).decode()
    assert f'lang="{language}"' in made
    for part in ("<script", " src=", "http://", "@import", "url("):
        assert part not in made
    assert ("the others are in the files" in made) is (language == "en")


def test_any_time_is_told() -> None:
    assert when(0) == "1970-01-01 00:00:00"
    assert when(1 << 62) == str(1 << 62)
