"""A ticket has one link for each tracker, which says how it stood there last."""

from sqlalchemy import Engine, update

from alerts.outbox import State
from alerts.ports import Action
from alerts.ticket import Kind
from monitor.services.opening import open_ticket
from monitor.store import outbox, ticket_notes, tickets, tracked
from monitor.store.tables import outbox as rows
from monitor.store.tracked import Tracked
from tests.monitor.store.orders import NOW, order


def test_a_link_is_kept_once_and_changed_in_its_place(database: Engine) -> None:
    with database.begin() as connection:
        number = open_ticket(connection, Kind.REPORT, "acme", None, "Odd mail", now=NOW)
        one = tickets.ticket(connection, number)
        assert one is not None
        assert tracked.link(connection, number, "jira") is None
        first = Tracked(number, "jira", "SEC-1", "https://j.example/SEC-1", "new")
        for made in (first, Tracked(number, "jira", "SEC-1", first.address, "over:Done:")):
            tracked.put(connection, one, made)
            assert tracked.link(connection, number, "jira") == made
        assert tracked.link(connection, number, "other") is None
        (link,) = ticket_notes.links_of(connection, number)
    assert (link.title, link.address) == ("SEC-1", first.address)


def test_what_is_on_its_way_is_told_from_what_was_told(database: Engine) -> None:
    with database.begin() as connection:
        outbox.enqueue(connection, order("a", Action.TRACK, None, ticket=4), "jira")
        assert tracked.is_pending(connection, 4, "jira")
        assert not tracked.is_pending(connection, 4, "other")
        connection.execute(update(rows).values(state=State.DONE))
        assert not tracked.is_pending(connection, 4, "jira")
        assert tracked.is_told(connection, 4, "jira")
        assert not tracked.is_told(connection, 5, "jira")
