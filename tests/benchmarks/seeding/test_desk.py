"""What people did goes together: ticket, measure, order and challenge name each other."""

from pathlib import Path

from benchmarks.seeding.desk import Desk, Worked
from benchmarks.seeding.findings import Findings
from benchmarks.seeding.people import People
from benchmarks.seeding.scale import FULL
from benchmarks.seeding.sign_ins import SignIns
from monitor.store import measures, outbox, reviewers, suppressions, tickets
from monitor.store.connection import connect
from monitor.store.measures import Filter
from monitor.store.ticket_filter import EVERY, TicketFilter
from tests.databases import placed

SCALE = FULL.part(0.001)


def test_measures_belong_to_tickets_and_orders_to_measures(tmp_path: Path) -> None:
    engine, desk, findings = connect(placed(tmp_path / "vigie.db")), Desk(SCALE), Findings(SCALE)
    anchors = [one for _, some in SignIns(SCALE, People(SCALE)).days() for one in some]
    made = [Worked(i, a.person.email) for a in anchors for i in findings.of(a)[1]]
    with engine.begin() as connection:
        desk.add_people(connection)
        desk.work(connection, made[:100])
        desk.add_suppressions(connection, [one.incident for one in made[:3]])
    with engine.begin() as connection:
        found = measures.page(connection, Filter(), None, 200)
        assert found
        for one in found:
            ticket = tickets.ticket(connection, one.ticket or 0)
            assert ticket is not None
            assert ticket.incident == one.incident
            assert ticket.subject is not None
            assert ticket.subject.uid == one.account
            someone = ticket.ticket.assignee
            assert someone is None or reviewers.by_uid(connection, someone)
        assert any(outbox.of_measure(connection, one.id) for one in found)
        assert tickets.count(connection, TicketFilter(statuses=EVERY)) > len(found)
        assert suppressions.suppression(connection, 1)
    engine.dispose()
