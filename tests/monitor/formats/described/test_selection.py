"""Which lines a format is for."""

from typing import Any

import pytest

from monitor.formats.described.description import Fields, Json
from monitor.formats.described.errors import DescriptionError
from monitor.formats.described.selection import Selection
from monitor.formats.described.shapes import shape_of


def selection(**given: Any) -> Selection:
    description = Json(fields=Fields(), **given)
    return Selection(description, shape_of(description))


@pytest.mark.parametrize(
    ("record", "objection"),
    [
        ({"type": "login", "id": 4624}, None),
        ({"type": "LOGIN.web", "id": "4624"}, None),
        ({"type": ["x", "login"], "id": 4624}, None),
        ({"type": "sale", "id": 4624}, "only.type does not list 'sale'"),
        ({"id": 4624}, "only.type does not list what is there: nothing"),
        ({"type": "login", "id": 4625}, "only.id does not list '4625'"),
        ({"type": "login", "id": 4624, "user": {"n": "PC1$"}}, "never.user.n lists 'PC1$'"),
    ],
)
def test_lines_are_chosen_by_what_they_hold(record: dict[str, Any], objection: str | None) -> None:
    chosen = selection(only={"type": ("login*", "logout"), "id": 4624}, never={"user.n": "*$"})
    assert chosen.admits(record) == (objection is None)
    assert chosen.objection(record) == objection


def test_without_conditions_every_line_is_admitted() -> None:
    assert selection().admits({})
    assert selection().objection({}) is None


def test_conditions_that_cannot_be_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"only\.a: an empty list"):
        selection(only={"a": ()})
    with pytest.raises(DescriptionError, match=r"never.a\.\.b: 'a\.\.b': cannot be read"):
        selection(never={"a..b": 1})
