"""What is asked for is there, of every room and of every kind of thing."""

from pathlib import Path

from benchmarks.asked import asked
from benchmarks.seeding.filling import fill
from benchmarks.seeding.scale import FULL
from monitor.store.connection import connect
from monitor.web.navigation import ROOMS
from tests.databases import placed


def test_every_room_and_one_of_each_thing_is_asked_for(tmp_path: Path) -> None:
    engine = connect(placed(tmp_path / "vigie.db"))
    rooms = {room.path for room in ROOMS}
    assert rooms <= {page.path for page in asked(engine)}
    fill(engine, FULL.part(0.0005), lambda _: None)
    names = {page.name for page in asked(engine)}
    assert {"incident, the largest", "account, a usual one", "ticket", "measure", "order"} <= names
    engine.dispose()
