"""The console's rooms, and which of them somebody's role opens."""

from typing import Final

from msgspec import Struct

from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, Reach, permits


def _(message: str) -> str:
    return message


class Room(Struct, frozen=True):
    """One place of the console: its address, its name to be translated, and what is done there."""

    path: str
    title: str
    operation: Operation


ROOMS: Final = (
    Room("/", _("Incidents"), Operation.INCIDENTS_READ),
    Room("/tickets", _("Tickets"), Operation.TICKETS_READ),
    Room("/suppressions", _("Held back"), Operation.TICKETS_READ),
    Room("/policy", _("Policy"), Operation.POLICY_READ),
    Room("/measures", _("Measures"), Operation.MEASURES_READ),
    Room("/challenges", _("Challenges"), Operation.MFA_READ),
    Room("/directory", _("Directory"), Operation.DIRECTORY_READ),
    Room("/recoveries", _("Lost factors"), Operation.MFA_READ),
    Room("/hygiene", _("Hygiene"), Operation.HYGIENE_READ),
    Room("/outbox", _("Outbox"), Operation.OUTBOX_READ),
    Room("/sources", _("Sources"), Operation.SOURCES_READ),
    Room("/reviewers", _("Reviewers"), Operation.REVIEWERS_READ),
    Room("/keys", _("API keys"), Operation.KEYS_READ),
    Room("/audit", _("Audit"), Operation.AUDIT_READ),
    Room("/profile", _("Your profile"), Operation.PROFILE_READ),
    Room("/people", _("Rights of people"), Operation.PERSON_READ),
    Room("/keeping", _("What is kept"), Operation.RETENTION_READ),
    Room("/register", _("Register of processing"), Operation.REGISTER_READ),
)
"""In the order of the menu."""


def rooms_of(actor: Actor | None) -> list[Room]:
    """The rooms that somebody may enter."""
    if actor is None:
        return []
    return [one for one in ROOMS if permits(actor, one.operation) and _concerns(actor, one)]


def _concerns(actor: Actor, room: Room) -> bool:
    """Only reviewers have anything of their own here."""
    return room.operation.reach is not Reach.OWN or actor.kind is ActorKind.REVIEWER
