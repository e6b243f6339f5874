"""JSON of careless writers."""

import pytest

from monitor.formats.format import MalformedLine
from monitor.formats.lenient import decoded, text_of


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a": 1.50}', {"a": "1.50"}),
        (b'{"a": "x\ty"}', {"a": "x\ty"}),
        (b'{"a": NaN}', {"a": float}),
        (b'{"a": "caf\xe9"}', {"a": "caf\u00e9"}),
        (b'"a"', "a"),
        (b"1" * 5_000, "1" * 5_000),
    ],
)
def test_what_anybody_could_read_is_read(line: bytes, value: object) -> None:
    got = decoded(line)
    if value == {"a": float}:
        assert isinstance(got["a"], float)
    else:
        assert got == value


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"", "not JSON"), (b"{", "not JSON"), (b"[" * 100_000, "nested too deeply")],
)
def test_what_is_no_json_says_so(line: bytes, reason: str) -> None:
    with pytest.raises(MalformedLine, match=reason):
        decoded(line)


def test_values_as_texts() -> None:
    assert [text_of(one) for one in ("a", 7, True, False, 1.5)] == [
        "a",
        "7",
        "true",
        "false",
        "1.5",
    ]
    assert [text_of(one) for one in (None, [], {}, ["a"])] == [None] * 4
    # Python writes no decimal of more than 4,300 digits.
    assert (text_of(1 << 20_000) or "").startswith("0x1")
