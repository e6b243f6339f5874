"""What became of a ticket, who said what, and what it goes with, in the order that it came."""

from msgspec import structs
from sqlalchemy import Engine

from alerts.ticket import assign
from monitor.store import tickets
from monitor.store.ticket_notes import (
    Deed,
    LinkKind,
    add_change,
    add_comment,
    add_link,
    changes_at_once,
    changes_of,
    comments_of,
    links_of,
    remove_link,
    set_undone,
    state_of,
)
from tests.monitor.store.test_tickets import NOW, made

ADA = ("reviewer:r-1", "Ada")


def test_changes_say_what_it_was_and_what_it_became(database: Engine) -> None:
    with database.begin() as connection:
        one = tickets.add(connection, made(tags=("a",)))
        after = structs.replace(one, ticket=assign(one.ticket, "r-1", NOW), version=2)
        number = add_change(
            connection,
            one,
            after,
            Deed.CHANGED,
            time=NOW,
            actor=ADA,
            act="x1",
            number=3,
            word="why",
        )
        (told,) = changes_of(connection, one.id)
        assert (told.before, told.after) == (state_of(one), state_of(after))
        assert (told.deed, told.actor_name, told.version) == (Deed.CHANGED, "Ada", 2)
        assert (told.number, told.word, told.undone) == (3, "why", None)
        assert changes_at_once(connection, "x1") == [told]
        assert changes_at_once(connection, "x2") == []
        set_undone(connection, [number], NOW + 1)
        assert changes_of(connection, one.id)[0].undone == NOW + 1


def test_comments_stay_in_order(database: Engine) -> None:
    with database.begin() as connection:
        one = tickets.add(connection, made())
        for text in ("first", "second"):
            add_comment(connection, one, text, time=NOW, actor=ADA)
        assert [comment.text for comment in comments_of(connection, one.id)] == ["first", "second"]
        assert comments_of(connection, one.id + 1) == []


def test_links_are_seen_from_both_ends_and_made_once(database: Engine) -> None:
    with database.begin() as connection:
        one, other = (tickets.add(connection, made(number)) for number in (1, 2))
        link = add_link(connection, one, LinkKind.DUPLICATE_OF, other=other.id)
        assert link is not None
        assert add_link(connection, one, LinkKind.DUPLICATE_OF, other=other.id) is None
        outer = add_link(
            connection, one, LinkKind.OUTER, address="https://jira.example/SEC-1", title="SEC-1"
        )
        assert links_of(connection, one.id) == [link, outer]
        assert links_of(connection, other.id) == [link]
        assert remove_link(connection, other.id, link.id)
        assert not remove_link(connection, other.id, link.id)
        assert not remove_link(connection, other.id, outer.id if outer else 0)
        assert links_of(connection, one.id) == [outer]
