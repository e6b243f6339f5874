"""Blocks cut anywhere give the same lines, and offsets that are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats.format import MAXIMUM_LINE
from monitor.sources.lines import BLOCK, Cutter, gather
from monitor.sources.source import (
    CHUNK_BYTES,
    CUT_OFF,
    KEPT_OF_REJECTED,
    TOO_LONG,
    Rejected,
    SourceError,
)

TEXT = st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"\0", b"word "])).map(b"".join)


def feed_all(cutter: Cutter, data: bytes, size: int = BLOCK) -> tuple[list[bytes], list[Rejected]]:
    """Everything that comes out when data goes in by blocks of `size`."""
    blocks = iter([data[at : at + size] for at in range(0, len(data), size)])

    def fill() -> bool:
        block = next(blocks, b"")
        if block:
            cutter.feed(block)
        return bool(block)

    lines: list[bytes] = []
    rejects: list[Rejected] = []
    while True:
        got = gather(cutter, fill, 1_000)
        lines += got.lines
        rejects += got.rejects
        if got.is_empty() and got.is_at_end:
            return lines, rejects


@given(TEXT, st.lists(st.integers(1, 9), min_size=1))
def test_lines_do_not_depend_on_the_blocks(data: bytes, sizes: list[int]) -> None:
    cutter = Cutter("x")
    lines: list[bytes] = []
    rest = data
    while rest:
        for size in sizes:
            if rest:
                cutter.feed(rest[:size])
                rest = rest[size:]
            while cutter.is_pending():
                lines += cutter.take(1)
                assert data[: cutter.offset].count(b"\n") == len(lines) == cutter.line
                assert data[: cutter.offset].endswith(b"\n")
    cutter.finish()
    lines += cutter.take(9)
    expected = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    if data.endswith(b"\n") or not data:
        expected.pop()
    assert lines == expected
    assert cutter.offset == cutter.position == len(data)


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("size", [BLOCK, 100_000])
def test_a_line_too_long_is_rejected_with_its_head(extra: int, end: bytes, size: int) -> None:
    long = b"0123456789" * (MAXIMUM_LINE // 10) + b"x" * (MAXIMUM_LINE % 10 + extra)
    data = b"before\n" + long + (end + b"after" if end else b"")
    cutter = Cutter("auth.log")
    lines, rejects = feed_all(cutter, data, size)
    cutter.finish()
    more, late = feed_all(cutter, b"")
    after = [b"after"] if end else []
    if extra:
        assert lines + more == [b"before", *after]
        assert rejects + late == [
            Rejected("auth.log:2", TOO_LONG, MAXIMUM_LINE + 1, long[:KEPT_OF_REJECTED])
        ]
    else:
        assert lines + more == [b"before", long, *after]
        assert rejects + late == []
    assert cutter.offset == len(data)


def test_an_endless_line_is_not_held() -> None:
    cutter = Cutter("x")
    block = b"y" * BLOCK
    for _ in range(40):
        cutter.feed(block)
        assert not cutter.is_pending()
        assert len(cutter._carry) <= MAXIMUM_LINE
    assert cutter.offset == 0, "a restart begins with the whole line again"
    cutter.feed(b"\nnext\n")
    rejected = cutter.take_rejected()
    assert rejected is not None
    assert rejected.length == 40 * BLOCK
    assert cutter.take(2) == [b"next"]


@pytest.mark.parametrize("hole", [3 * MAXIMUM_LINE, MAXIMUM_LINE + 5, MAXIMUM_LINE - 2])
def test_the_line_behind_a_hole_is_kept(hole: int) -> None:
    data = b"one\n" + b"\0" * hole + b"two\nthree\n"
    cutter = Cutter("x")
    lines, rejects = feed_all(cutter, data)
    assert [line.lstrip(b"\0") for line in lines] == [b"one", b"two", b"three"]
    assert rejects == []
    assert cutter.offset == len(data)


def test_cut_off_lines_come_behind_the_whole_ones() -> None:
    cutter = Cutter("a.gz")
    lines, _ = feed_all(cutter, b"whole\nhal")
    cutter.finish(is_cut_off=True)
    _, rejects = feed_all(cutter, b"")
    assert lines == [b"whole"]
    assert rejects == [Rejected("a.gz:2", CUT_OFF, 3, b"hal")]
    assert cutter.offset == 9


def test_one_read_takes_about_a_chunk() -> None:
    cutter = Cutter("x")

    def fill() -> bool:
        cutter.feed((b"z" * 1_023 + b"\n") * (BLOCK // 1_024))
        return True

    got = gather(cutter, fill, 10**9)
    assert CHUNK_BYTES <= cutter.offset <= CHUNK_BYTES + BLOCK
    assert len(got.lines) * 1_024 == cutter.offset


def test_trouble_waits_until_what_was_gathered_is_given_out() -> None:
    cutter = Cutter("x")
    cutter.feed(b"one\n")

    def fill() -> bool:
        raise SourceError(TOO_LONG)

    assert gather(cutter, fill, 10).lines == [b"one"]
    with pytest.raises(SourceError):
        gather(cutter, fill, 10)
