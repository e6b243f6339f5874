"""What is shown of a ticket, and what is left of it for whoever may not look."""

from msgspec import structs

from alerts.ticket import Clock, Ticket, assign
from detectors.core.finding import Severity
from monitor.protection.masking import HIDDEN
from monitor.services.ticket_views import row_of, veil_row, veil_view, view_of
from monitor.store.ticket_notes import Comment, Link, LinkKind
from monitor.store.tickets import Details
from tests.monitor.store.test_tickets import ANN, NOW, made

ONE = made(ticket=Ticket(severity=Severity.MEDIUM, opened=NOW), due=NOW + 400)


def test_it_says_what_it_waits_for_and_how_late_it_is() -> None:
    for now, near, late in ((NOW, False, False), (NOW + 300, True, False), (NOW + 400, True, True)):
        row = row_of(ONE, now, "en", {})
        assert (row.clock, row.is_near, row.is_late) == (Clock.TRIAGE, near, late)
    taken = structs.replace(ONE, ticket=assign(ONE.ticket, "r-1", NOW))
    row = row_of(taken, NOW, "fr", {"r-1": "Ada"})
    assert (row.clock, row.assignee_name, row.title) == (Clock.RESOLUTION, "Ada", "Compte partagé")
    free = row_of(structs.replace(ONE, due=None), NOW, "en", {})
    assert (free.clock, free.is_late) == (None, False)


def test_who_may_not_look_reads_neither_names_nor_what_people_wrote() -> None:
    one = structs.replace(ONE, details=Details(subject=ANN, facts={"who": "Ann"}))
    comment = Comment(id=1, ticket=1, time=NOW, actor="x", actor_name="Ada", text="it is Ann")
    link = Link(
        id=1, ticket=1, kind=LinkKind.OUTER, other=None, address="https://x.example", title="ann!"
    )
    view = view_of(one, [comment], [], [link], [one], NOW, "en", {})
    veiled = veil_view(view)
    assert "Ann" not in repr(veiled)
    assert "ann" not in repr(veiled).replace("Change", "")
    assert veiled.comments[0].text == HIDDEN
    assert not veiled.is_whole
    nobody = structs.replace(view.row, subject=None)
    assert veil_row(nobody) == nobody
