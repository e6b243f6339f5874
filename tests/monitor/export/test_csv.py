"""No cell is a formula in a spreadsheet, and every cell is read back as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.export.csv import document, guarded, unguarded

cells = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://x.example";"a")',
        "+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1",
        "'=1",
        "|cmd",
    ],
)
def test_what_begins_like_a_formula_begins_with_an_apostrophe(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Ann", "O'Hara", "'tis", "a=1", "2027-01-01", "l'été"])
def test_what_does_not_is_left_alone(cell: str) -> None:
    assert guarded(cell) == unguarded(cell) == cell


@given(cells)
def test_every_cell_comes_back(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).lstrip().startswith(("=", "+", "-", "@"))


@given(st.lists(st.lists(cells, min_size=1, max_size=3), max_size=3), st.sampled_from(",;\t"))
def test_a_table_is_read_back_by_others(rows: list[list[str]], delimiter: str) -> None:
    text = b"".join(document(rows, delimiter)).decode("utf-8-sig")
    read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    assert [[unguarded(cell) for cell in row] for row in read] == rows


def test_what_is_no_character_is_written_as_what_it_is() -> None:
    assert b"\\udc80" in b"".join(document([["a\udc80"]]))
