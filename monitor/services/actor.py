"""Who does something: a person, a program, whoever has the machine, or the daemon itself."""

import getpass
import os
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Role(StrEnum):
    """What a reviewer is there for."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    TENANT_CONTACT = "tenant_contact"


class ActorKind(StrEnum):
    """By what somebody is known."""

    REVIEWER = "reviewer"
    KEY = "key"
    OPERATOR = "operator"
    DAEMON = "daemon"


class Actor(Struct, frozen=True, kw_only=True):
    """Who asks, and what is known of them.

    `uid` is a reviewer's or a key's id, or the operator's name on the machine. `scopes` are the
    names of operations that a program may do; people have `roles` instead. `tenant` is the only
    one that they see, None where they see all. `authenticated` is when a reviewer last proved who
    they are, in full (ms).
    """

    kind: ActorKind
    uid: str
    name: str
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[str] = frozenset()
    tenant: str | None = None
    authenticated: int | None = None

    @property
    def reference(self) -> str:
        """What stands for them where nobody is named."""
        return f"{self.kind.value}:{self.uid}"


DAEMON: Final = Actor(
    kind=ActorKind.DAEMON,
    uid="vigie",
    name="Vigie",
    scopes=frozenset(("directory:provision", "events:write")),
)
"""What Vigie does by itself, and nothing else."""


def operator(name: str | None = None) -> Actor:
    """Whoever has the machine, and so the database: `name` there, else that of this process."""
    known = _unix_name() if name is None else name
    return Actor(
        kind=ActorKind.OPERATOR, uid=known, name=known, roles=frozenset((Role.ADMINISTRATOR,))
    )


def _unix_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In a container a number often has no name.
        return str(os.getuid())
