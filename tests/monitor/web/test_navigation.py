"""The menu shows the rooms that a role opens, and each of them opens."""

from monitor.services.actor import Role, operator
from monitor.web.navigation import ROOMS, areas_of, room_of, rooms_of
from tests.monitor.services.people import ADMINISTRATOR, person
from tests.monitor.web.conftest import Console


def test_nobody_has_no_rooms_and_a_contact_has_few() -> None:
    assert rooms_of(None) == []
    assert rooms_of(person()) == []
    contact = {room.path for room in rooms_of(person(Role.TENANT_CONTACT, tenant="acme"))}
    assert "/" in contact
    assert not contact & {"/sources", "/keys"}


def test_an_administrator_enters_every_room(console: Console) -> None:
    assert rooms_of(ADMINISTRATOR) == list(ROOMS)
    # Whoever has the machine has no profile.
    assert [room.path for room in ROOMS if room not in rooms_of(operator())] == ["/profile"]
    browser = console.signed_in()
    page = browser.get("/").text
    for room in rooms_of(operator()):
        assert f'href="{room.path}"' in page
        assert browser.get(room.path).status_code == 200, room.path


def test_the_menu_knows_where_one_is() -> None:
    assert [room for some in areas_of(ROOMS).values() for room in some] == list(ROOMS)
    for path, room in (("/", "/"), ("/incidents/01", "/incidents"), ("/keys", "/keys")):
        found = room_of(path, ROOMS)
        assert found is not None
        assert found.path == room
    assert room_of("/elsewhere", ROOMS) is None
    assert areas_of([]) == {}
