"""What sort of life an account has: how common it is, where it is led, and what a day of it is."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from monitor.simulation.acts import Act
    from monitor.simulation.lives.day import Day

FLOOR = "floor"
DESK = "desk"
HOME = "home"
ROAD = "road"
PROGRAM = "program"
ROOM = "room"

PERSON = "person"
SERVICE = "service"
KIOSK = "kiosk"
SHARED = "shared"


class Persona(Struct, frozen=True):
    """One sort of life: `act` is a day of it, `weight` how many of a hundred people lead it.

    `place` says where: floor, desk, home, road, program or room. `kind` is what the directory calls
    the account. `days` are how many days a week are worked (from, to), None for the usual ones;
    `weekends` always are. A persona that is `held_back` is not in what is trained on.
    """

    name: str
    act: "Callable[[Day], list[Act]]"
    weight: float
    place: str
    kind: str = PERSON
    days: tuple[int, int] | None = None
    weekends: bool = False
    held_back: bool = False
    prefix: str = "svc"
