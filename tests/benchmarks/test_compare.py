"""The comparison: both sides do the same work, and what is told adds up."""

import pytest

from benchmarks.compare import Process, compare, table


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_both_sides_store_the_same_events_and_the_table_tells_of_them(kind: str) -> None:
    result = compare(200, kind=kind, batch=100, measured=3, sampled=2)
    assert result.events == 7 * 100
    assert result.floor.facts["rows"] == 7 * 100
    assert result.whole.facts["events"] == (7 + 2) * 100
    assert abs(result.floor.facts["body"] - result.whole.facts["body"]) < 12
    assert 0 < result.bare_ratio < result.ratio == result.floor_us / result.whole_us
    assert result.whole.peak_mib > result.floor.peak_mib > 10
    assert set(result.floor_parts) == {"read", "parse", "make rows", "store"}
    assert set(result.whole_parts) >= {"store"}
    told = table([result])
    assert f"**{result.ratio:.2f}**" in told
    assert "200 accounts, whole, us an event: " in told


def test_a_side_that_dies_is_told_of() -> None:
    process = Process(
        "--side",
        "floor",
        "--log",
        "/nowhere",
        "--url",
        "sqlite:////dev/null/nowhere",
        "--body",
        "0",
    )
    with pytest.raises(RuntimeError, match="died: exit 1"):
        process.step()
    process.close()
