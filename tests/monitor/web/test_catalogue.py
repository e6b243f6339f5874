"""Every sentence of the pages is there in both languages."""

import re
from pathlib import Path

import pytest

from monitor.web import catalogue
from monitor.web.catalogue import messages, read

PLACEHOLDER = re.compile(r"%\(\w+\)s")


def _forms(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (str(value),)


def test_nothing_is_left_to_translate() -> None:
    there = {message.id: message for message in read("fr") if message.id}
    wanted = {message.id for message in messages() if message.id}
    assert len(wanted) > 100
    assert set(there) == wanted
    assert [key for key, message in there.items() if not all(_forms(message.string))] == []


@pytest.mark.parametrize("message", [m for m in read("fr") if m.id], ids=lambda m: str(m.id)[:40])
def test_what_is_filled_in_is_the_same(message: object) -> None:
    identifier, string = _forms(message.id), _forms(message.string)  # type: ignore[attr-defined]
    for form in string:
        assert set(PLACEHOLDER.findall(form)) == set(PLACEHOLDER.findall(identifier[-1]))
    assert "fuzzy" not in message.flags  # type: ignore[attr-defined]


def test_templates_put_no_colon_behind_a_word_by_themselves() -> None:
    """In French a space that does not break stands before it: it belongs to the message."""
    for template in sorted((Path(catalogue.__file__).parent / "templates").rglob("*.html")):
        assert not re.findall(r"\}\}(?:</\w+>)*: ", template.read_text("utf-8")), template.name
