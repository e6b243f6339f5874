"""The console's rooms, and which of them somebody's role opens."""

from typing import Final

from msgspec import Struct

from monitor.services.actor import Actor
from monitor.services.authority import Operation, permits


def _(message: str) -> str:
    return message


class Room(Struct, frozen=True):
    """One place of the console: its address, its name to be translated, and what is done there."""

    path: str
    title: str
    operation: Operation


ROOMS: Final = (
    Room("/", _("Incidents"), Operation.INCIDENTS_READ),
    Room("/sources", _("Sources"), Operation.SOURCES_READ),
    Room("/keys", _("API keys"), Operation.KEYS_READ),
)
"""In the order of the menu."""


def rooms_of(actor: Actor | None) -> list[Room]:
    """The rooms that somebody may enter."""
    return [] if actor is None else [room for room in ROOMS if permits(actor, room.operation)]
