"""What waits for somebody is counted where the menu has a room for it."""

from sqlalchemy import Engine

from monitor.services.actor import operator
from monitor.web.navigation import ROOMS
from monitor.web.rule_routes import badges_of
from tests.monitor.services.measured import NOW


def test_each_badge_is_beside_a_room(database: Engine) -> None:
    found = badges_of(database, lambda: NOW)
    assert set(found) <= {room.path for room in ROOMS}
    assert {path: counted(operator()) for path, counted in found.items()} == {"/approvals": 0}
