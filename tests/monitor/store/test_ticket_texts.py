"""What names somebody is taken out of one ticket, and nothing of another."""

from sqlalchemy import Engine as Database

from monitor.store.ticket_notes import LinkKind, add_comment, add_link, comments_of, links_of
from monitor.store.ticket_texts import Gone, erase, texts_of
from tests.monitor.services.ticketed import NOW, Desk, incident

ADA = ("reviewer:r-1", "Ada")


def test_each_text_that_names_somebody_is_replaced_whole(database: Database) -> None:
    desk = Desk(database)
    one, other = (desk.ticket(desk.take(incident(name=n)).ticket_id) for n in ("one", "two"))
    with database.begin() as connection:
        for ticket in (one, other):
            for number in range(600):
                name = "zoe" if number in (0, 599) else "somebody"
                add_comment(connection, ticket, f"{name} {number}", time=NOW, actor=ADA)
            add_link(connection, ticket, LinkKind.OUTER, address="https://a.example/zoe", title="t")
        assert erase(connection, one.id, lambda text: "zoe" in text, "-") == Gone(2, 1)
        # More of them than are shown.
        texts = texts_of(connection, one.id)
        assert (texts[0], texts[1], texts[-1], len(texts)) == ("-", "somebody 1", "-", 600)
        assert [(link.title, link.address) for link in links_of(connection, one.id)] == [("t", "-")]
        assert texts_of(connection, other.id)[0] == "zoe 0"
        assert comments_of(connection, other.id)[-1].text == "zoe 599"
        assert erase(connection, one.id, lambda text: "zoe" in text, "-") == Gone(0, 0)
