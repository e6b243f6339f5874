"""A form says what is to change of several at once, and nothing that it does not say."""

import pytest
from msgspec import UNSET

from alerts.ticket import Change, Disposition, Status
from monitor.web.several import change_of


@pytest.mark.parametrize(
    ("form", "change"),
    [
        ({}, Change()),
        ({"state": "", "assignee": "", "tags": " "}, Change()),
        ({"state": "nonsense:x", "assignee": "me"}, Change(assignee="me")),
        ({"assignee": "nobody"}, Change(assignee=None)),
        (
            {"state": "resolved:authorised"},
            Change(status=Status.RESOLVED, disposition=Disposition.AUTHORISED),
        ),
        ({"tags": "Fair, b"}, Change(add_tags=frozenset(("fair", "b")))),
        (
            {"tags": "b", "tags_before": "a b"},
            Change(remove_tags=frozenset(("a",))),
        ),
    ],
)
def test_what_is_not_said_stays(form: dict[str, str], change: Change) -> None:
    assert change_of(form) == change
    assert change_of(form).status is UNSET or form["state"]
