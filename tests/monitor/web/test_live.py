"""Open pages are told in few words what changed, and no longer than their reader may be."""

import asyncio
import json
import re

import pytest
from sqlalchemy import Engine

from detectors.core.event import MINUTE
from monitor.services.actor import Role
from monitor.services.changes import Changes, Mark, Portion
from monitor.services.sessions import Kind as Whose
from monitor.services.sessions import Method, Sessions, Visit
from monitor.store import feed, tables
from monitor.store.stream import Kind, tell
from monitor.web import changes as module
from monitor.web.changes import Heart, Stream, Streams
from monitor.web.live import MOST, NAMED, PATH, Glance, is_still, summary, written
from tests.monitor.services.people import person
from tests.monitor.web.conftest import Console

ANALYST = person(Role.ANALYST)


def told(database: Engine, *kinds: Kind, incidents: int = 0, tenant: str = "acme") -> None:
    with database.begin() as connection:
        rows = [(number.to_bytes(16), tenant) for number in range(incidents)]
        feed.tell(connection, rows, withdrawn=False)
        for number, kind in enumerate(kinds):
            tell(connection, kind, str(number), tenant)


def since(database: Engine, tenant: str | None = None) -> Portion:
    reader = person(Role.ANALYST, tenant=tenant) if tenant else ANALYST
    return Glance(Changes(database)).since(reader, Mark())


def test_who_polls_is_told_by_kind_and_goes_on(empty: Console) -> None:
    client = empty.signed_in()
    began = client.get(PATH).json()
    assert began["changed"] == {}
    told(empty.stage.engine, Kind.TICKET, incidents=2)
    found = client.get(PATH, params={"after": began["next"]}).json()
    assert {kind: one["count"] for kind, one in found["changed"].items()} == {
        "incident": 2,
        "ticket": 1,
    }
    assert client.get(PATH, params={"after": found["next"]}).json()["changed"] == {}
    assert client.get(PATH, params={"after": "x"}).status_code == 400
    assert empty.client().get(PATH).status_code == 401


def test_what_changed_several_times_is_one_thing(database: Engine) -> None:
    told(database, incidents=1)
    told(database, incidents=1)
    assert summary(since(database))["incident"]["count"] == 1


def test_of_many_only_some_are_named(database: Engine) -> None:
    told(database, incidents=NAMED + 5)
    found = summary(since(database))["incident"]
    assert (found["count"], len(found["ids"])) == (NAMED + 5, NAMED)


def test_where_much_changed_a_page_looks_at_everything_once(database: Engine) -> None:
    """A history that is loaded brings thousands; a page is not walked through them."""
    told(database, incidents=MOST)
    portion = since(database)
    assert summary(portion) == {"gap": True}
    assert portion.mark == Changes(database).newest()


def test_nobody_is_told_of_another_tenant(database: Engine) -> None:
    told(database, Kind.TICKET, incidents=1, tenant="zenith")
    assert summary(since(database, tenant="acme")) == {}
    assert set(summary(since(database, tenant="zenith"))) == {"incident", "ticket"}


def test_a_portion_of_nothing_has_a_place_too(database: Engine) -> None:
    event = written(Portion((), Mark(3, 4))).decode()
    assert event == "id: 3-4\nevent: changed\ndata: {}\n\n"


def test_a_stream_ends_with_its_readers_session(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_S", 0.01)
    monkeypatch.setattr(module, "_HOLDS_S", 0.0)
    answers = iter((True, True, False))
    changes = Changes(database)

    async def follow() -> str:
        stream = Stream(
            Glance(changes),
            Heart(changes.newest),
            Streams(),
            ANALYST,
            written,
            lambda: next(answers),
        )
        told(database, incidents=1)
        parts = [part async for part in stream.told(await stream.first(Mark()), life_s=60.0)]
        return b"".join(parts).decode()

    [data] = re.findall(r"^data: (.+)$", asyncio.run(follow()), re.MULTILINE)
    assert json.loads(data)["incident"]["count"] == 1


class Door(Sessions):
    """Knows one session."""

    def __init__(self, visit: Visit | None) -> None:
        self.found = visit

    def visit(self, key: str, client: object = None) -> Visit | None:
        assert client is None, "a stream does not keep a session open"
        return self.found


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (person(Role.ANALYST), True),
        (person(Role.VIEWER), False),
        (person(Role.ANALYST, tenant="acme"), False),
        (None, False),
    ],
)
def test_a_stream_holds_for_the_reader_it_was_opened_for(now: object, holds: bool) -> None:
    visit = Visit("key", "uid", Whose.REVIEWER, Method.PASSKEY, now)  # type: ignore[arg-type]
    assert is_still(Door(visit if now else None), "key", ANALYST) is holds


def test_what_a_page_asks_by_itself_keeps_no_session_open(empty: Console) -> None:
    """A screen that nobody sits at is left alone at last, whatever changes on it."""
    client = empty.signed_in()

    def seen() -> int:
        with empty.stage.engine.connect() as connection:
            return max(
                row.last_seen for row in connection.execute(tables.reviewer_sessions.select())
            )

    began = seen()
    empty.clock.now += 5 * MINUTE
    assert client.get(PATH).status_code == 200
    assert client.get("/incidents", headers={"vigie-live": "1"}).status_code == 200
    assert seen() == began
    assert client.get("/incidents").status_code == 200
    assert seen() == empty.clock.now
