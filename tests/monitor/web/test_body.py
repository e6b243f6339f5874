"""A body is cut into the lines it was made of, or refused for a reason; never more is held."""

import gzip
import json
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.formats.format import MAXIMUM_LINE
from monitor.web.body import (
    CODINGS,
    JSON,
    MAXIMUM_DECODED,
    MAXIMUM_LINES,
    NDJSON,
    PLAIN,
    TYPES,
    coding,
    lines_of,
    media_type,
)
from monitor.web.problem import Kind, Problem

ENCODE = {"identity": bytes, "gzip": gzip.compress, "zstd": zstandard.compress}
LINES = [b'{"a": 1}', b'{"b": "\xc3\xa9"}', b'{"c": []}']
BODY = b"\n".join(LINES) + b"\n"


def uncounted(_: int) -> None:
    """As much room as one likes."""


def lines(sent: bytes, media: str = NDJSON[0], encoded: str = "identity") -> list[bytes]:
    return lines_of(sent, media, encoded, uncounted)


def problem(sent: bytes, media: str = NDJSON[0], encoded: str = "identity") -> Problem:
    with pytest.raises(Problem) as raised:
        lines(sent, media, encoded)
    return raised.value


@pytest.mark.parametrize("encoded", CODINGS)
@pytest.mark.parametrize("media", [*NDJSON, PLAIN])
def test_lines_are_what_stands_between_their_ends(media: str, encoded: str) -> None:
    encode = ENCODE[encoded]
    assert lines(encode(BODY), media, encoded) == LINES
    assert lines(encode(BODY[:-1]), media, encoded) == LINES
    assert lines(encode(BODY.replace(b"\n", b"\r\n")), media, encoded) == LINES


def test_a_byte_order_mark_is_no_hindrance_as_in_a_file() -> None:
    # What PowerShell writes; the formats take it off, so that the line is the same event.
    assert lines(b'\xef\xbb\xbf{"a":1}\n{}\n') == [b'\xef\xbb\xbf{"a":1}', b"{}"]
    assert lines(b'\xef\xbb\xbf[{"a":1}]', "application/json") == [b'{"a":1}']


def test_blank_lines_keep_the_others_numbers() -> None:
    assert lines(b'\n{"a":1}\n\n{"b":2}\n\n') == [b"", b'{"a":1}', b"", b'{"b":2}', b""]


def test_a_line_of_plain_text_is_whatever_it_is() -> None:
    assert lines(b"\xff\x00\r\n\x1b[31m", PLAIN) == [b"\xff\x00", b"\x1b[31m"]


@pytest.mark.parametrize("encoded", CODINGS)
def test_json_is_one_object_or_an_array_of_them(encoded: str) -> None:
    one = json.dumps({"a": [1, {"b": None}]}, indent=2).encode()
    encode = ENCODE[encoded]
    assert [json.loads(line) for line in lines(encode(one), JSON, encoded)] == [json.loads(one)]
    found = lines(encode(b' [ {"a":1} ,\n{"b": 2}] '), JSON, encoded)
    assert found == [b'{"a":1}', b'{"b": 2}']


@pytest.mark.parametrize("media", TYPES)
@pytest.mark.parametrize("empty", [b"", b"\n", b" \r\n\t\n", b"\n" * 1_000])
def test_nothing_is_refused(media: str, empty: bytes) -> None:
    assert problem(empty, media).kind is Kind.BODY_EMPTY
    assert problem(gzip.compress(empty), media, "gzip").kind is Kind.BODY_EMPTY


def test_an_empty_array_is_nothing() -> None:
    assert problem(b"[]", JSON).kind is Kind.BODY_EMPTY


@pytest.mark.parametrize(
    ("sent", "media", "said"),
    [
        (b"hello", NDJSON[0], "no JSON object"),
        (b"[1]", NDJSON[0], "no JSON object"),
        (b'"a"', JSON, "no JSON object"),
        (b"[[]]", JSON, "no JSON object"),
        (b'{"a":', JSON, "no JSON"),
        (b'{"a":1} {"b":2}', JSON, "trailing"),
        (b'[{"a":1},', JSON, "truncated"),
        (b"\xff\xfe", JSON, "no JSON"),
        (b"[" * 100_000, JSON, "recursion"),
        (gzip.compress(BODY, mtime=0), NDJSON[0], "gzip: say so by Content-Encoding"),
        (zstandard.compress(BODY), JSON, "zstd: say so by Content-Encoding"),
    ],
)
def test_what_is_not_what_it_is_said_to_be_is_refused(sent: bytes, media: str, said: str) -> None:
    refused = problem(sent, media)
    assert refused.kind is Kind.BODY_UNREADABLE
    assert said in str(refused.detail)


def test_a_bad_line_among_good_ones_is_for_the_engine_to_put_aside() -> None:
    assert lines(b'{"a":1}\nnonsense\n\xff\n') == [b'{"a":1}', b"nonsense", b"\xff"]


@pytest.mark.parametrize("encoded", ["gzip", "zstd"])
def test_what_is_cut_off_or_followed_by_rubbish_is_damaged(encoded: str) -> None:
    whole = ENCODE[encoded](BODY * 50)
    for cut in range(len(whole)):
        assert problem(whole[:cut], encoded=encoded).kind is Kind.BODY_UNREADABLE
    for rubbish in (b"\0", b"rubbish", BODY):
        refused = problem(whole + rubbish, encoded=encoded)
        assert refused.kind is Kind.BODY_UNREADABLE
        assert encoded in str(refused.detail)
    assert problem(BODY, encoded=encoded).kind is Kind.BODY_UNREADABLE


@pytest.mark.parametrize("encoded", ["gzip", "zstd"])
def test_members_and_frames_that_follow_one_another_are_one_body(encoded: str) -> None:
    """RFC 1952 section 2.2, RFC 8878 section 3: loggers append to what they have compressed."""
    encode = ENCODE[encoded]
    assert lines(b"".join(encode(line + b"\n") for line in LINES), encoded=encoded) == LINES
    assert lines(encode(BODY[:5]) + encode(b"") + encode(BODY[5:]), encoded=encoded) == LINES
    assert problem(encode(b"") * 1_001, encoded=encoded).kind is Kind.BODY_UNREADABLE


def test_a_checksum_that_does_not_fit_is_damage() -> None:
    whole = bytearray(gzip.compress(BODY))
    whole[-6] ^= 1
    assert problem(bytes(whole), encoded="gzip").kind is Kind.BODY_UNREADABLE
    checked = zstandard.ZstdCompressor(write_checksum=True).compress(BODY)
    whole = bytearray(checked)
    whole[-1] ^= 1
    assert problem(bytes(whole), encoded="zstd").kind is Kind.BODY_UNREADABLE


def test_a_window_that_wants_too_much_memory_is_refused() -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=25)
    compressor = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    sent = compressor.compress(BODY) + compressor.flush()
    assert problem(sent, encoded="zstd").kind is Kind.BODY_UNREADABLE


def squeezed(part: bytes, times: int) -> bytes:
    made = zlib.compressobj(9, wbits=31)
    return b"".join(made.compress(part) for _ in range(times)) + made.flush()


def framed(part: bytes, times: int) -> bytes:
    made = zstandard.ZstdCompressor(level=3).compressobj()
    return b"".join(made.compress(part) for _ in range(times)) + made.flush()


LONG_LINE = b"x" * (MAXIMUM_LINE - 1) + b"\n"
BOMBS = {
    "gzip lines": lambda: ("gzip", squeezed(LONG_LINE, 60)),
    "gzip blanks": lambda: ("gzip", squeezed(b"\n" * 1_000, 60_000)),
    "zstd lines": lambda: ("zstd", framed(LONG_LINE, 300)),
    # Blocks of one repeated byte: 128 KiB each from four bytes (RFC 8878, RLE_Block).
    "zstd run": lambda: ("zstd", bytes.fromhex("28b52ffd0058") + b"\x02\x00\x10a" * 200_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_while_it_is_still_small(name: str) -> None:
    encoded, sent = BOMBS[name]()
    assert len(sent) < 1 << 20
    held = 0

    def counted(size: int) -> None:
        nonlocal held
        held += size

    tracemalloc.start()
    try:
        with pytest.raises(Problem) as raised:
            lines_of(sent, PLAIN, encoded, counted)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert raised.value.kind is Kind.BODY_TOO_LARGE
    assert held <= MAXIMUM_DECODED
    assert peak < 3 * MAXIMUM_DECODED


@pytest.mark.parametrize("media", [NDJSON[0], PLAIN])
def test_lines_are_so_many_and_so_long_and_no_more(media: str) -> None:
    most = b"{}\n" * MAXIMUM_LINES
    assert len(lines(most, media)) == MAXIMUM_LINES
    assert problem(most + b"{", media).kind is Kind.BODY_TOO_LARGE
    assert problem(most + b"\n", media).kind is Kind.BODY_TOO_LARGE
    longest = b"{" + b" " * (MAXIMUM_LINE - 2) + b"}"
    assert len(lines(longest + b"\n{}", media)) == 2
    refused = problem(b"{}\n" + longest + b" \n{}", media)
    assert (refused.kind, refused.members) == (Kind.BODY_TOO_LARGE, {"line": 2})
    assert problem(b"{}\n{}\n" + longest + b" ", media).members == {"line": 3}


def test_elements_are_so_many_and_no_more() -> None:
    most = b"[" + b",".join([b"{}"] * MAXIMUM_LINES)
    assert len(lines(most + b"]", JSON)) == MAXIMUM_LINES
    assert problem(most + b",{}]", JSON).kind is Kind.BODY_TOO_LARGE


@pytest.mark.parametrize("element", [b"12", b"[]", b"{}", b'"\\","', b'{"a":1}'])
def test_elements_are_counted_before_there_is_an_object_for_each(element: bytes) -> None:
    whole = b"[" + b",".join([element] * 1_000_000) + b"]"
    tracemalloc.start()
    try:
        refused = problem(whole, "application/json")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.kind is Kind.BODY_TOO_LARGE
    # Beside the body, joined: no hundred bytes for each of a million.
    assert peak < len(whole) + (8 << 20)


def test_what_is_dense_and_allowed_is_cut_as_ever() -> None:
    element = b'{"a":[1,2,{"b":"],[{\\""}],"c":[[],{},[{}]]}'
    whole = b" [ " + b" , ".join([element] * MAXIMUM_LINES) + b" ] "
    assert lines(whole, "application/json") == [element] * MAXIMUM_LINES
    assert problem(whole[:-2] + b",1]", "application/json").kind is Kind.BODY_TOO_LARGE


def test_values_are_so_many_and_no_more() -> None:
    whole = b"[[" + b"{}," * 2_100_000 + b"1]]"
    assert problem(whole, "application/json").kind is Kind.BODY_TOO_LARGE


def test_whoever_counts_can_end_it() -> None:
    def full(_: int) -> None:
        raise Problem(Kind.BUSY, "No room.")

    with pytest.raises(Problem, match="No room"):
        lines_of(BODY, NDJSON[0], "identity", full)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("application/x-ndjson", "application/x-ndjson"),
        ("Application/JSON; charset=UTF-8", "application/json"),
        ("text/plain;charset=iso-8859-1", "text/plain"),
    ],
)
def test_a_type_is_read_without_its_parameters(told: str, expected: str) -> None:
    assert media_type({"content-type": told}) == expected


@pytest.mark.parametrize("told", [None, "", "image/png", "application", "text/plain,text/html"])
def test_an_unknown_type_is_refused_with_those_that_are_known(told: str | None) -> None:
    with pytest.raises(Problem) as raised:
        media_type({} if told is None else {"content-type": told})
    assert raised.value.kind is Kind.TYPE_UNKNOWN
    assert NDJSON[0] in (raised.value.headers or {})["Accept"]


@pytest.mark.parametrize(
    ("told", "expected"), [("", "identity"), (" GZIP ", "gzip"), ("x-gzip", "gzip"), ("zstd",) * 2]
)
def test_a_coding_is_read_leniently(told: str, expected: str) -> None:
    assert coding({"content-encoding": told}) == expected


@pytest.mark.parametrize("told", ["br", "gzip, gzip", "deflate", "identity;q=1", "\xff"])
def test_an_unknown_coding_is_refused_with_those_that_are_known(told: str) -> None:
    with pytest.raises(Problem) as raised:
        coding({"content-encoding": told})
    assert raised.value.kind is Kind.CODING_UNKNOWN
    assert (raised.value.headers or {})["Accept-Encoding"] == "gzip, zstd, identity"


@given(
    st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), min_size=1, max_size=20),
    st.sampled_from(CODINGS),
)
def test_what_was_joined_is_cut_the_same(parts: list[bytes], encoded: str) -> None:
    whole = b"{}\n" + b"\n".join(parts) + b"\n"
    found = lines(ENCODE[encoded](whole), encoded=encoded)
    assert found == [b"{}", *(part.removesuffix(b"\r") for part in parts)]


@given(st.binary(max_size=400), st.sampled_from(TYPES), st.sampled_from(CODINGS))
@example(b"\x1f\x8b\x08", NDJSON[0], "gzip")
@example(b"\x28\xb5\x2f\xfd\x00", PLAIN, "zstd")
def test_any_bytes_are_lines_or_a_problem(sent: bytes, media: str, encoded: str) -> None:
    try:
        found = lines(sent, media, encoded)
    except Problem:
        return
    assert any(line.strip() for line in found)
    assert media == JSON or not any(b"\n" in line for line in found)
