"""Our own documents are read as they are written, and what they are not stays text."""

from pathlib import Path

import pytest

from monitor.services.runbooks import PLACES
from monitor.web.prose import Span, prose, section

DOCUMENT = """# Title

A line with `code`, **strong words** and *a stress*,
and a [link](https://example.org) on the next.

## List
- one
  goes on
- two
1. first

| a | b |
|---|---|
| `x` | <b> |

![Picture](a.svg)

## Rest
End.
"""


def test_each_kind_of_block_is_known() -> None:
    found = prose(DOCUMENT)
    kinds = ["heading", "paragraph", "heading", "list", "numbers", "table", "heading", "paragraph"]
    assert [one.kind for one in found] == kinds
    assert [one.level for one in found if one.kind == "heading"] == [1, 2, 2]
    assert found[1].items[0][0] == (
        Span("A line with "),
        Span("code", "code"),
        Span(", "),
        Span("strong words", "strong"),
        Span(" and "),
        Span("a stress", "em"),
        Span(", and a "),
        Span("link"),
        Span(" on the next."),
    )
    assert [row[0][0].text for row in found[3].items] == ["one goes on", "two"]
    # What looks like markup is text, which a template escapes.
    assert found[5].items[1] == ((Span("x", "code"),), (Span("<b>"),))


def test_a_section_ends_at_the_next_of_its_level() -> None:
    found = prose(DOCUMENT)
    assert [one.kind for one in section(found, "List")] == ["list", "numbers", "table"]
    assert section(found, "Nothing") == []


@pytest.mark.parametrize("path", sorted(PLACES[-1].glob("*.md")), ids=lambda one: one.name)
def test_every_runbook_loses_no_word(path: Path) -> None:
    text = path.read_text("utf-8")
    said = " ".join(one.text for one in prose(text))
    for mark in ("`", "**", "|", "#"):
        said, text = said.replace(mark, " "), text.replace(mark, " ")
    words = [word for word in text.replace("*", " ").split() if word.strip("-:").isalpha()]
    missing = [word for word in words if word.strip("-:") not in said.replace("*", " ")]
    assert not missing
