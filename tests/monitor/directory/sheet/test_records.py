"""Records are what they are, and one slip does not swallow the rest."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.directory.sheet.records import LONGEST_LINE, MOST_BROKEN, Record, records


def read(text: str, delimiter: str = ",") -> list[Record]:
    return list(records(io.StringIO(text, newline=""), delimiter))


def test_each_record_has_the_line_that_it_begins_in() -> None:
    found = read('a,b\r\n\r\n"x\r\ny",2\r\nc,3\r\n')
    assert [(one.line, one.cells) for one in found] == [
        (1, ("a", "b")),
        (3, ("x\r\ny", "2")),
        (5, ("c", "3")),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line(end: str) -> None:
    assert [one.cells for one in read(f"a,1{end}b,2{end}")] == [("a", "1"), ("b", "2")]


def test_a_quote_that_is_never_closed_costs_its_own_line_alone() -> None:
    found = read('a,1\n"b,2\nc,3\nd,4\n')
    assert [(one.line, one.cells) for one in found if one.why is None] == [
        (1, ("a", "1")),
        (3, ("c", "3")),
        (4, ("d", "4")),
    ]
    (broken,) = (one for one in found if one.why)
    assert broken.line == 2
    assert broken.why is not None
    assert "never closed" in broken.why.en


def test_among_many_lines_it_costs_its_own_line_too() -> None:
    lines = [f"u{n},{n}" for n in range(500)]
    found = read("\n".join([*lines[:250], '"open,x', *lines[250:]]))
    assert [one.cells[0] for one in found if one.why is None] == [f"u{n}" for n in range(500)]
    assert [one.line for one in found if one.why] == [251]


@pytest.mark.parametrize(
    "line", ['"a"b,1', f"{'x' * (LONGEST_LINE + 5)},1", f'"{"y" * (LONGEST_LINE * 3)}"']
)
def test_a_line_that_is_broken_or_has_no_end_is_refused_alone(line: str) -> None:
    found = read(f"a,1\n{line}\nb,2\n")
    assert [(one.line, one.why is None) for one in found] == [(1, True), (2, False), (3, True)]


def test_what_is_broken_all_over_ends() -> None:
    found = read('"a"b\n' * (MOST_BROKEN + 50))
    assert len(found) == MOST_BROKEN


cells = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)


@given(
    st.lists(st.lists(cells, min_size=1, max_size=3), max_size=5), st.sampled_from((",", ";", "\t"))
)
def test_what_was_written_is_read(rows: list[list[str]], delimiter: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    found = read(written.getvalue(), delimiter)
    assert [list(one.cells) for one in found] == [r for r in rows if any(c.strip() for c in r)]


@given(st.text(alphabet='a",;\n\r\t ', max_size=60))
def test_any_text_is_read_to_its_end(text: str) -> None:
    found = read(text)
    assert all(one.line >= 1 for one in found)
    assert [one.line for one in found] == sorted(one.line for one in found)
    last = io.StringIO(text, newline=None).read().count("\n") + 1
    assert all(one.line <= last for one in found)
