"""What is measured is what is said: bodies all different, stored, in turns with the floor."""

from pathlib import Path

import pytest

from benchmarks.push import Taken, body, measured, request


def test_a_body_has_its_lines_and_no_two_are_alike() -> None:
    lines = [line for first in (0, 3) for line in body(3, first).splitlines()]
    assert len(set(lines)) == 6
    assert all(line.startswith(b'{"class_uid":3002') for line in lines)


def test_a_request_says_how_long_its_body_is() -> None:
    head, _, content = request(b"{}\n", "vgk_x").partition(b"\r\n\r\n")
    assert content == b"{}\n"
    assert b"Content-Length: 3" in head


def test_rates_count_what_was_taken() -> None:
    taken = Taken(2.0, 10, 4, [0.001, 0.002, 0.004])
    assert taken.rate == 3.0
    assert taken.percentile(0.5) == 2.0
    assert taken.percentile(0.99) == 4.0


@pytest.mark.timeout(120)
def test_both_sides_answer_and_the_inbox_is_left_empty(tmp_path: Path) -> None:
    told = measured(f"sqlite:///{tmp_path / 'vigie.db'}", 2, 2, 2, 0.2)
    assert told["push refused"] == told["floor refused"] == 0
    assert told["push lines/s"] > 0
    # How many times the floor it is depends on what else the machine does.
    assert told["ratio"] > 0
