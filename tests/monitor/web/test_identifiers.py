"""Ids and addresses are shortened for the eye and stay text."""

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.web.identifiers import set_apart

ID = "e1a88cd3bfedb0ae87923c55"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            f"Session {ID} went.",
            f'Session <code class="id" title="{ID}">e1a88cd3…</code> went.',
        ),
        (f"from {ID}.", f'from <code class="id" title="{ID}">e1a88cd3…</code>.'),
        ("from 192.0.2.7.", 'from <code class="id">192.0.2.7</code>.'),
        ("(2001:db8::7)", '(<code class="id">2001:db8::7</code>)'),
        ("at 10:15, 6,842 km, 1.2.3", "at 10:15, 6,842 km, 1.2.3"),
        ("Communications-Electroniques-Anonymes", "Communications-Electroniques-Anonymes"),
        ("usr-1d844bfaaa79", "usr-1d844bfaaa79"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("", ""),
    ],
)
def test_ids_and_addresses_are_set_apart(text: str, html: str) -> None:
    assert set_apart(text) == html


@given(st.text(max_size=200))
def test_what_is_no_id_is_only_escaped(text: str) -> None:
    shown = set_apart(text)
    bare = re.sub(r'<code class="id"(?: title="([^"]*)">[^<]*|>([^<]*))</code>', r"\1\2", shown)
    assert bare == escape(text)
