"""One input of the fuzzer: a body as it was sent; its first two bytes say what it is said to be."""

from monitor.formats.format import MAXIMUM_LINE
from monitor.store.inbox import MOST_BYTES, MOST_LINES, parcels
from monitor.web.body import CODINGS, JSON, MAXIMUM_DECODED, MAXIMUM_LINES, TYPES, lines_of
from monitor.web.problem import Problem


def one_input(data: bytes) -> None:
    """Raises whatever reading a body raises that it must not, and AssertionError for lines that
    are not what was sent, or more than there may be."""
    if len(data) < 2:
        return
    media, coding, sent = TYPES[data[0] % len(TYPES)], CODINGS[data[1] % len(CODINGS)], data[2:]
    held = 0

    def counted(size: int) -> None:
        nonlocal held
        held += size

    try:
        lines = lines_of(sent, media, coding, counted)
    except Problem:
        return
    finally:
        assert held <= MAXIMUM_DECODED
    assert 0 < len(lines) <= MAXIMUM_LINES
    assert max(map(len, lines)) <= MAXIMUM_LINE
    assert sum(map(len, lines)) <= held <= MAXIMUM_DECODED
    assert any(line.strip() for line in lines)
    if media != JSON:
        assert not any(b"\n" in line for line in lines)
        if coding == "identity":
            whole = b"\n".join(lines)
            assert whole.replace(b"\r", b"") == sent.removesuffix(b"\n").replace(b"\r", b"")
    made = parcels("fuzz", "push/fuzz", lines, None)
    assert [line for one in made for line in one.lines] == lines
    for one in made:
        assert len(one.lines) <= MOST_LINES
        assert sum(map(len, one.lines)) <= MOST_BYTES or len(one.lines) == 1
