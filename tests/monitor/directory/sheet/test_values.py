"""Cells say the same in French and in English."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.context import AccountKind
from monitor.directory.account import Mfa, State
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.values import (
    ANSWERS,
    FACTORS,
    KINDS,
    STATES,
    day_of,
    list_of,
    names_of,
    word_of,
)


@pytest.mark.parametrize(
    ("cell", "known", "value"),
    [
        ("Personne", KINDS, AccountKind.PERSON),
        ("Compte partagé", KINDS, AccountKind.SHARED),
        ("break_glass", KINDS, AccountKind.BREAK_GLASS),
        ("Bris-de-glace", KINDS, AccountKind.BREAK_GLASS),
        ("DÉSACTIVÉ", STATES, State.SUSPENDED),
        ("parti", STATES, State.OFFBOARDED),
        ("TRUE", STATES, State.ACTIVE),
        ("SMS", FACTORS, Mfa.WEAK),
        ("Oui", FACTORS, Mfa.WEAK),
        ("clé de sécurité", FACTORS, Mfa.STRONG),
        ("x", ANSWERS, True),
        ("NON", ANSWERS, False),
    ],
)
def test_words(cell: str, known: dict[str, object], value: object) -> None:
    assert word_of("f", cell, known) is value


@pytest.mark.parametrize("known", [KINDS, STATES, FACTORS])
def test_what_is_written_is_read(known: dict[str, AccountKind | State | Mfa]) -> None:
    for value in set(known.values()):
        assert word_of("f", value.value, known) is value


def test_an_unknown_word_is_refused_with_some_that_are_known() -> None:
    with pytest.raises(DirectoryError, match="person"):
        word_of("kind", "martien", KINDS)


@pytest.mark.parametrize(
    "cell", ["2024-02-01", "01/02/2024", "1.2.2024", "2024/02/01", "20240201", "2024-02-01T10:00Z"]
)
def test_days(cell: str) -> None:
    assert day_of("started", cell) == date(2024, 2, 1)


def test_months_come_first_where_that_is_said() -> None:
    assert day_of("started", "02/01/2024", month_first=True) == date(2024, 2, 1)


@pytest.mark.parametrize(
    "cell", ["soon", "12/31/2024", "2024-13-01", "45000", "01/02/24", "٠١/٠٢/٢٠٢٤"]
)
def test_what_is_no_day_is_refused(cell: str) -> None:
    with pytest.raises(DirectoryError, match="no day"):
        day_of("started", cell)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("", ()),
        ("a", ("a",)),
        ("a, b;c|d\ne", ("a", "b", "c", "d", "e")),
        (r"ACME\ann", (r"ACME\ann",)),
        (r"Sales\, EMEA|x", ("Sales, EMEA", "x")),
        ("||", ()),
        ("a\\", ("a\\",)),
    ],
)
def test_lists(cell: str, names: tuple[str, ...]) -> None:
    assert names_of(cell) == names


@given(st.lists(st.text(max_size=6).map(str.strip).filter(bool), max_size=4).map(tuple))
def test_lists_are_read_as_they_were_written(names: tuple[str, ...]) -> None:
    assert names_of(list_of(names)) == names


@given(st.text(max_size=30))
def test_any_cell_is_read_or_refused(cell: str) -> None:
    names_of(cell)
    for known in (KINDS, STATES, FACTORS, ANSWERS):
        with suppress(DirectoryError):
            word_of("f", cell, known)
