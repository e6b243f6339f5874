"""A place in a list has as many numbers as its order, and what waits for nothing comes last."""

import pytest

from monitor.store.ticket_filter import EVERY, OPEN, Order, TicketFilter, place


@pytest.mark.parametrize("order", Order)
def test_a_place_fits_its_order(order: Order) -> None:
    told = place(order, 5, 7, 3, 9)
    assert len(told) == order.length
    assert told[-1] == 9


def test_what_waits_for_nothing_comes_last() -> None:
    assert place(Order.URGENT, None, 7, 3, 1) > place(Order.URGENT, 1 << 60, 7, 3, 9)


def test_unasked_what_is_open_and_calls_people_is_shown() -> None:
    assert TicketFilter().statuses == OPEN
    assert TicketFilter().held is False
    assert len(EVERY - OPEN) == 1
