"""What an import is kept as is read back."""

from datetime import date

import msgspec

from monitor.directory.importing import Change, Import, ImportState, Missing, Outcome, Row
from tests.monitor.directory.entries import account


def test_a_row_and_an_import_are_read_back() -> None:
    row = Row(
        line=3,
        uid="u-1",
        after=account(started=date(2024, 1, 1)),
        changes=(Change("locale", "", "fr"),),
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(row), type=Row) == row
    told = Import(
        file="a.csv",
        actor="operator:ann",
        encoding="utf-8",
        delimiter=";",
        columns={"Identifiant": "uid"},
        missing=Missing.OFFBOARD,
        counts={Outcome.ADDED: 3},
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Import) == told
    assert {state.value for state in ImportState} >= {"previewed", "applied", "undone"}
