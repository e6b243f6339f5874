"""The console's rooms, and which of them somebody's role opens."""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from msgspec import Struct

from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, Reach, permits


def _(message: str) -> str:
    return message


class Area(Enum):
    """The parts of the menu, and what each is called."""

    NOW = _("Now")
    ACCOUNTS = _("Accounts")
    RULES = _("Rules")
    MACHINERY = _("Machinery")
    RIGHTS = _("Rights and proofs")
    INSTANCE = _("This instance")


class Room(Struct, frozen=True):
    """One place of the console: its address, its name to be translated, and what is done there."""

    path: str
    title: str
    operation: Operation
    area: Area
    icon: str

    @property
    def key(self) -> str:
        """The letter that, after a g, goes there; empty for none."""
        return _LETTERS.get(self.path, "")


_LETTERS: Final = {
    "/": "o",
    "/incidents": "i",
    "/tickets": "t",
    "/measures": "m",
    "/approvals": "v",
    "/directory": "d",
    "/hygiene": "h",
    "/challenges": "c",
    "/policy": "p",
    "/sources": "s",
    "/people": "r",
    "/audit": "a",
}


ROOMS: Final = (
    Room("/", _("Overview"), Operation.INCIDENTS_READ, Area.NOW, "vigie"),
    Room("/incidents", _("Incidents"), Operation.INCIDENTS_READ, Area.NOW, "alarm"),
    Room("/tickets", _("Tickets"), Operation.TICKETS_READ, Area.NOW, "ticket"),
    Room("/measures", _("Measures"), Operation.MEASURES_READ, Area.NOW, "scales"),
    Room("/approvals", _("Approvals"), Operation.MEASURES_REQUEST, Area.NOW, "check"),
    Room("/directory", _("Directory"), Operation.DIRECTORY_READ, Area.ACCOUNTS, "account"),
    Room("/hygiene", _("Hygiene"), Operation.HYGIENE_READ, Area.ACCOUNTS, "innocent"),
    Room("/challenges", _("Challenges"), Operation.MFA_READ, Area.ACCOUNTS, "passkey"),
    Room("/recoveries", _("Lost factors"), Operation.MFA_READ, Area.ACCOUNTS, "lost"),
    Room("/policy", _("Policy"), Operation.POLICY_READ, Area.RULES, "policy"),
    Room("/detectors", _("Detectors"), Operation.DETECTORS_READ, Area.RULES, "chart"),
    Room("/models", _("Learned models"), Operation.DETECTORS_READ, Area.RULES, "model"),
    Room("/suppressions", _("Held back"), Operation.TICKETS_READ, Area.RULES, "held"),
    Room("/health", _("Health"), Operation.SOURCES_READ, Area.MACHINERY, "health"),
    Room("/sources", _("Sources"), Operation.SOURCES_READ, Area.MACHINERY, "source"),
    Room("/responders", _("Responders"), Operation.OUTBOX_READ, Area.MACHINERY, "responder"),
    Room("/outbox", _("Outbox"), Operation.OUTBOX_READ, Area.MACHINERY, "outbox"),
    Room("/people", _("Rights of people"), Operation.PERSON_READ, Area.RIGHTS, "rights"),
    Room("/keeping", _("What is kept"), Operation.RETENTION_READ, Area.RIGHTS, "clock"),
    Room("/register", _("Register of processing"), Operation.REGISTER_READ, Area.RIGHTS, "book"),
    Room("/audit", _("Audit"), Operation.AUDIT_READ, Area.RIGHTS, "chain"),
    Room("/reviewers", _("Reviewers"), Operation.REVIEWERS_READ, Area.INSTANCE, "people"),
    Room("/keys", _("API keys"), Operation.KEYS_READ, Area.INSTANCE, "key"),
    Room("/settings", _("Settings"), Operation.SETTINGS_READ, Area.INSTANCE, "settings"),
    Room("/profile", _("Your profile"), Operation.PROFILE_READ, Area.INSTANCE, "account"),
)
"""In the order of the menu."""


def rooms_of(actor: Actor | None) -> list[Room]:
    """The rooms that somebody may enter."""
    if actor is None:
        return []
    return [one for one in ROOMS if permits(actor, one.operation) and _concerns(actor, one)]


def areas_of(rooms: Iterable[Room]) -> dict[Area, list[Room]]:
    """Rooms by the part of the menu that they are in, in its order."""
    found = list(rooms)
    by_area = {area: [room for room in found if room.area is area] for area in Area}
    return {area: some for area, some in by_area.items() if some}


def room_of(path: str, rooms: Iterable[Room]) -> Room | None:
    """The room that an address is in: the one with the longest address that it begins with."""
    within = (one for one in rooms if path == one.path or _is_below(path, one))
    return max(within, key=lambda one: len(one.path), default=None)


def _is_below(path: str, room: Room) -> bool:
    return room.path != "/" and path.startswith(f"{room.path}/")


def _concerns(actor: Actor, room: Room) -> bool:
    """Only reviewers have anything of their own here."""
    return room.operation.reach is not Reach.OWN or actor.kind is ActorKind.REVIEWER
