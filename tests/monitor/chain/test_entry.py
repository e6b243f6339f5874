"""No two entries come to one digest, and none says anything of its content."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chain.entry import (
    BEGINNING,
    LONGEST,
    MOST_CONTENT,
    SALT_BYTES,
    Content,
    Entry,
    cleaned,
    digest_of,
    fields,
    next_entry,
    written,
)

SALT = bytes(range(SALT_BYTES))
VALUES = st.none() | st.text() | st.binary() | st.integers()


def made(**given: Any) -> Entry:
    values: dict[str, Any] = {
        "time": 1_790_000_000_000,
        "actor": "operator:sam",
        "operation": "keys:write",
        "subject": "key:crm",
        "tenant": "acme",
    }
    return next_entry(BEGINNING, Content(SALT, b"{}"), **values | given)


def test_a_digest_is_the_one_that_others_come_to() -> None:
    """Written out once: whoever holds an export must be able to reckon it by other means."""
    assert fields("é", b"\0", 7, None, "") == b"2:\xc3\xa9,1:\0,1:7,~0:,"
    assert BEGINNING.digest.hex() == (
        "6a9b86af811f717200261d46da0f6106b236941c8ab80724b40813babed33424"
    )
    assert made().digest.hex() == "3239b4b687b9876c778e3546d70652916dab8051918232110fd6b888cc06c3bf"


@given(st.lists(VALUES), st.lists(VALUES))
def test_fields_are_told_apart_whatever_is_in_them(first: list[Any], second: list[Any]) -> None:
    def plain(values: list[Any]) -> list[bytes | None]:
        return [
            v if v is None or isinstance(v, bytes) else str(v).encode("utf-8", "surrogatepass")
            for v in values
        ]

    assert (fields(*first) == fields(*second)) == (plain(first) == plain(second))


@pytest.mark.parametrize("name", [n for n in Entry.__struct_fields__ if n != "digest"])
def test_every_field_is_in_the_digest(name: str) -> None:
    entry = made()
    value = getattr(entry, name)
    other = value + (1 if isinstance(value, int) else b"\0" if isinstance(value, bytes) else "x")
    assert msgspec.structs.replace(entry, **{name: other}).reckoned() != entry.digest


def test_no_tenant_is_not_the_tenant_without_a_name() -> None:
    assert made(tenant=None).digest != made(tenant="").digest


def test_the_digest_of_content_needs_its_salt() -> None:
    content = Content(SALT, b'{"name":"Sam"}')
    assert content.digest != Content(bytes(SALT_BYTES), content.body).digest
    assert content.digest != digest_of(content.body)
    assert content.told() == {"name": "Sam"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_content_that_is_none_of_ours_tells_nothing(body: bytes) -> None:
    assert Content(SALT, body).told() == {}


def test_content_is_written_in_one_way() -> None:
    assert written({"b": frozenset("x"), "a": {1: b"\0"}}) == b'{"a":{"1":"AA=="},"b":["x"]}'
    assert written({"a": "\ud800é"}) == '{"a":"?é"}'.encode()
    with pytest.raises(ValueError, match="content"):
        written({"a": "x" * MOST_CONTENT})
    with pytest.raises(TypeError):
        written({"a": object()})


@given(st.text() | st.text(alphabet="\0\ud83d\ude00\udfffa"))
def test_fields_are_kept_by_both_databases(text: str) -> None:
    kept = cleaned(text)
    assert "\0" not in kept
    assert len(kept.encode()) >= len(kept)
    if "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert kept == text


def test_fields_are_of_bounded_length() -> None:
    assert len(cleaned("x" * LONGEST)) == LONGEST == len(cleaned("x" * LONGEST * 2))
    assert cleaned("x" * LONGEST * 2).endswith("…")
