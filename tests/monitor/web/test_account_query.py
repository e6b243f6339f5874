"""An address says which accounts, and behind which, whatever they are called."""

import pytest

from detectors.core.context import AccountKind
from monitor.directory.account import account_id
from monitor.store.directory import AccountFilter, Place
from monitor.web.account_query import after_of, filter_of, place_of, text_of
from monitor.web.filters import BadQueryError
from monitor.web.paging import LONGEST, window_of, write_place


@pytest.mark.parametrize("uid", ["u-1", "é" * 100, "x" * 1_024, "\U0001f600" * 1_024])
def test_any_account_is_a_place(uid: str) -> None:
    place = place_of(Place("acme", uid))
    assert place is not None
    cursor = write_place(place)
    assert len(cursor) <= LONGEST
    named = after_of(window_of({"cursor": cursor}, (str, str)))
    assert named in (Place("acme", uid), Place("", account_id("acme", uid).hex()))


def test_the_first_page_begins_nowhere() -> None:
    assert place_of(None) is None
    assert after_of(window_of({}, (str, str))) is None


def test_what_is_asked_for() -> None:
    query = {"tenant": "acme", "q": " ann ", "kind": "kiosk", "privileged": "no"}
    wanted = AccountFilter(tenant="acme", text="ann", kind=AccountKind.KIOSK, privileged=False)
    assert filter_of(query) == wanted
    assert filter_of({}) == AccountFilter()


@pytest.mark.parametrize(
    "query", [{"kind": "robot"}, {"tenant": "\0"}, {"q": "x" * 129}, {"privileged": "1"}]
)
def test_what_no_account_can_be_is_told(query: dict[str, str]) -> None:
    with pytest.raises(BadQueryError):
        filter_of(query)


def test_text_is_one_line() -> None:
    with pytest.raises(BadQueryError):
        text_of({"q": "a\nb"})
