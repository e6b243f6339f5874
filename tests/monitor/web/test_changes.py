"""The stream tells what changes as it happens, is taken up where it was, and ends."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn
from sqlalchemy import Engine

from monitor.listening import listen
from monitor.services.actor import Actor, Role, operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.changes import Changes, Mark
from monitor.store import feed
from monitor.store.stream import Kind, tell
from monitor.web import changes as module
from monitor.web.app import create_app
from monitor.web.changes import EVENTS, PATH, Heart, Stream, Streams
from monitor.web.problem import Problem
from tests.monitor.services.people import person
from tests.monitor.web.conftest import Console

ANALYST = person(Role.ANALYST)
INCIDENT = bytes(range(16))


def told(database: Engine, *kinds: Kind, incidents: int = 0) -> None:
    with database.begin() as connection:
        feed.tell(connection, [(INCIDENT, "acme")] * incidents, withdrawn=False)
        for number, kind in enumerate(kinds):
            tell(connection, kind, str(number), "acme")


def stream(database: Engine, actor: Actor = ANALYST, streams: Streams | None = None) -> Stream:
    changes = Changes(database)
    return Stream(changes, Heart(changes.newest), streams or Streams(), actor)


async def read(events: AsyncIterator[bytes]) -> str:
    return b"".join([part async for part in events]).decode()


def ids(text: str) -> list[str]:
    return re.findall(r"^id: (\S+)$", text, re.MULTILINE)


def test_a_list_says_where_to_go_on(empty: Console) -> None:
    client = empty.signed_in()
    began = client.get(PATH).json()
    assert (began["items"], began["gap"]) == ([], False)
    told(empty.stage.engine, Kind.TICKET, incidents=1)
    found = client.get(PATH, params={"after": began["next"]}).json()
    assert [one["kind"] for one in found["items"]] == ["incident", "ticket"]
    assert found["items"][0]["id"] == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert client.get(PATH, headers={"last-event-id": found["next"]}).json()["items"] == []
    assert client.get(PATH, params={"after": "999-999"}).json()["gap"] is True
    assert client.get(PATH, params={"after": "nonsense"}).status_code == 400
    both = client.get(PATH, params={"after": "nonsense"}, headers={"last-event-id": found["next"]})
    assert both.status_code == 400
    assert empty.client().get(PATH).status_code == 401


def test_a_stream_tells_what_was_and_what_comes_and_ends(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_S", 0.01)
    monkeypatch.setattr(module, "_QUIET_S", 0.02)
    streams = Streams()

    async def follow() -> str:
        one = stream(database, streams=streams)
        told(database, Kind.TICKET, incidents=1)
        events = one.told(await one.first(Mark()), life_s=0.5)
        first = (await anext(events)).decode()
        told(database, Kind.MEASURE)
        return first + await read(events)

    text = asyncio.run(follow())
    assert text.startswith("retry: 1000\n\n")
    names = re.findall(r"^event: (\S+)$", text, re.MULTILINE)
    assert names == ["incident", "ticket", "measure"]
    assert ": nothing yet" in text
    [last] = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")][-1:]
    assert (last["kind"], last["tenant"], last["mark"]) == ("measure", "acme", ids(text)[-1])
    # All that were opened are closed.
    assert streams._open == {}


def test_a_gap_is_an_event_and_a_quiet_beginning_has_an_id(database: Engine) -> None:
    async def begun(mark: Mark | None) -> str:
        one = stream(database)
        events = one.told(await one.first(mark), life_s=0.0)
        return await read(events)

    told(database, Kind.TICKET, incidents=1)
    assert ids(asyncio.run(begun(None))) == [str(Changes(database).newest())]
    gap = asyncio.run(begun(Mark(99, 99)))
    assert "event: gap\n" in gap
    assert ids(gap) == [str(Changes(database).newest())]


def test_more_than_are_told_at_once_come_at_once(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    monkeypatch.setattr("monitor.services.changes.MOST", 2)
    told(database, *[Kind.TICKET] * 3, incidents=2)
    told(database, *[Kind.ORDER] * 2)

    async def follow() -> str:
        one = stream(database)
        return await read(one.told(await one.first(Mark()), life_s=0.3))

    text = asyncio.run(follow())
    assert text.count("event: ") == 7


def test_there_is_an_end_to_how_many_one_may_hold_open() -> None:
    streams = Streams()
    for _ in range(8):
        streams.check("a")
        streams.open("a")
    with pytest.raises(Problem) as refused:
        streams.check("a")
    assert refused.value.status_code == 429
    streams.check("b")
    streams.close("a")
    streams.check("a")
    for number in range(93):
        streams.open(f"c{number}")
    with pytest.raises(Problem):
        streams.check("d")


def test_many_streams_look_as_often_as_one() -> None:
    looks: list[float] = []
    clock = [0.0]

    def newest() -> Mark:
        looks.append(clock[0])
        return Mark(len(looks), 0)

    async def ask() -> list[Mark]:
        heart = Heart(newest, lambda: clock[0])
        first = await asyncio.gather(*(heart.newest() for _ in range(50)))
        clock[0] = 1.5
        return [*first, *await asyncio.gather(*(heart.newest() for _ in range(50)))]

    found = asyncio.run(ask())
    assert looks == [0.0, 1.5]
    assert set(found) == {Mark(1, 0), Mark(2, 0)}


def test_a_program_follows_over_a_socket_and_goes_on_where_it_was(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a real server, as it is served; the reader breaks off and comes again."""
    monkeypatch.setattr(module, "_LOOK_S", 0.05)
    key = ApiKeys(database).create(
        operator(), "siem", {Operation.INCIDENTS_READ, Operation.TICKETS_READ}
    )
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    app = create_app("sqlite://", engine=database)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    headers = {"authorization": f"Bearer {key}", "accept": EVENTS}

    async def events(client: httpx2.AsyncClient, after: str, most: int) -> list[str]:
        found: list[str] = []
        sent = headers | ({"last-event-id": after} if after else {})
        async with client.stream("GET", PATH, headers=sent) as answer:
            assert answer.headers["content-type"].startswith(EVENTS)
            assert answer.headers["cache-control"] == "no-store"
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    found.append(line[4:])
                    if len(found) == most:
                        return found
        return found

    async def follow() -> tuple[list[str], list[str]]:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                start = await events(client, "", 1)
                told(database, Kind.TICKET, Kind.TICKET, incidents=1)
                first = await events(client, start[-1], 2)
                return first, await events(client, first[-1], 1)
        finally:
            server.should_exit = server.force_exit = True
            await serving

    first, rest = asyncio.run(follow())
    listening.close()
    assert len({*first, *rest}) == 3
