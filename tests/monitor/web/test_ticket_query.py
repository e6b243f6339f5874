"""What an address says of tickets is what is looked for; what cannot be read is said."""

import pytest

from alerts.incident import Category
from alerts.ticket import Kind, Status
from detectors.core.finding import Severity
from monitor.store.ticket_filter import EVERY, OPEN, STATUSES, Order, TicketFilter
from monitor.web.filters import BadQueryError
from monitor.web.paging import write_place
from monitor.web.ticket_query import FILTERS, filter_of, kept_of, part_of, written

NOW = 1_800_000_000_000


def test_nothing_said_is_what_is_open_by_when_it_is_due() -> None:
    assert filter_of({}, NOW) == TicketFilter()
    assert filter_of(dict.fromkeys(kept_of({}), ""), NOW) == TicketFilter()


def test_each_condition_is_read() -> None:
    told = filter_of(
        {
            "status": "resolved",
            "severity": "high",
            "category": "brute_force",
            "kind": "appeal",
            "tenant": "acme",
            "assignee": "nobody",
            "tag": "VIP",
            "q": " ann ",
            "late": "yes",
            "held": "all",
            "withdrawn": "yes",
            "sort": "newest",
            "unknown": "x",
        },
        NOW,
    )
    assert told == TicketFilter(
        statuses=frozenset((Status.RESOLVED,)),
        severity=Severity.HIGH,
        category=Category.BRUTE_FORCE,
        kind=Kind.APPEAL,
        tenant="acme",
        assignee="",
        tag="vip",
        text="ann",
        due_before=NOW + 1,
        held=None,
        withdrawn=True,
        order=Order.NEWEST,
    )
    assert filter_of({"assignee": "r-1"}, NOW).assignee == "r-1"
    assert (STATUSES["open"], STATUSES["all"]) == (OPEN, EVERY)


@pytest.mark.parametrize(
    "query",
    [
        {"status": "closed"},
        {"severity": "9"},
        {"q": "x" * 129},
        {"q": "\x1b"},
        {"tag": "\0"},
        {"late": "no"},
        {"held": "maybe"},
        {"sort": "x"},
        {"tenant": "\0"},
    ],
)
def test_what_cannot_be_read_is_said(query: dict[str, str]) -> None:
    with pytest.raises(BadQueryError) as caught:
        filter_of(query, NOW)
    assert caught.value.name == next(iter(query))


@pytest.mark.parametrize("order", Order)
def test_a_place_is_one_of_its_order(order: Order) -> None:
    place = tuple(range(1, order.length + 1))
    window, after = part_of({"cursor": write_place(place), "limit": "7"}, order)
    assert (window.limit, after) == (7, place)
    with pytest.raises(BadQueryError):
        part_of({"cursor": write_place((*place, 1))}, order)


def test_what_says_which_tickets_is_kept_and_nothing_else() -> None:
    query = {"q": "a b&c", "cursor": "x", "status": "", "sort": "newest"}
    assert kept_of(query) == {"q": "a b&c", "sort": "newest"}
    assert written(kept_of(query)) == "q=a+b%26c&sort=newest"
    assert {one["name"] for one in FILTERS} >= {"status", "q", "held", "sort"}
