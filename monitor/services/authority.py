"""What may be done at all, and by whom. What is not in the table of operations, nobody may do.

Everything that a person or a program can ask for is a method of a service that takes who asks
first, and says by `@allowed` which operation it is. Pages, API and command line hold no rule of
their own.
"""

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from detectors.core.event import MINUTE
from monitor.clock import now_ms
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.refusal import NotAllowedError, NotFreshError

FRESH: Final = 10 * MINUTE
"""How long after a reviewer proved who they are dangerous acts need no new proof, in ms."""

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")

_EVERYBODY = frozenset(Role)
_STAFF = _EVERYBODY - {Role.TENANT_CONTACT}
_DECIDING = frozenset((Role.ANALYST, Role.APPROVER, Role.ADMINISTRATOR))
_SECOND_EYES = frozenset((Role.APPROVER, Role.ADMINISTRATOR))
_ADMINISTRATOR = frozenset((Role.ADMINISTRATOR,))
# Viewers see people in part, and the directory is nothing but people.
_KNOWING = _EVERYBODY - {Role.VIEWER}
_PROGRAMS: frozenset[Role] = frozenset()


class Reach(Enum):
    """How far an operation goes."""

    TENANT = "tenant"
    """What belongs to a tenant: whoever is bound to one does it there, and only there."""
    INSTANCE = "instance"
    """What concerns everybody: whoever is bound to a tenant cannot do it."""
    OWN = "own"
    """What concerns nobody but who asks."""


class Operation(Enum):
    """Everything that can be asked for: its name, which is a key's scope as well, the roles that
    may, how far it goes, whether keys may hold it, and whether it is dangerous."""

    INCIDENTS_READ = "incidents:read", _EVERYBODY, Reach.TENANT, True, False
    STATUS_READ = "status:read", _EVERYBODY, Reach.TENANT, True, False
    SOURCES_READ = "sources:read", _STAFF, Reach.INSTANCE, True, False
    METRICS_READ = "metrics:read", _STAFF, Reach.INSTANCE, True, False
    EVENTS_WRITE = "events:write", _PROGRAMS, Reach.TENANT, True, False

    KEYS_READ = "keys:read", _ADMINISTRATOR, Reach.INSTANCE, False, False
    KEYS_WRITE = "keys:write", _ADMINISTRATOR, Reach.INSTANCE, False, True

    REVIEWERS_READ = "reviewers:read", _ADMINISTRATOR, Reach.INSTANCE, True, False
    # Never a program's: whoever may make administrators may do everything.
    REVIEWERS_WRITE = "reviewers:write", _ADMINISTRATOR, Reach.INSTANCE, False, True
    PROFILE_READ = "profile:read", _EVERYBODY, Reach.OWN, False, False
    PROFILE_WRITE = "profile:write", _EVERYBODY, Reach.OWN, False, True
    # Whoever sees a stranger among their sessions ends it at once.
    PROFILE_SIGN_OUT = "profile:sign-out", _EVERYBODY, Reach.OWN, False, False

    DIRECTORY_READ = "directory:read", _KNOWING, Reach.TENANT, True, False
    DIRECTORY_WRITE = "directory:write", _DECIDING, Reach.TENANT, True, False
    # What several people may use raises no alarm: it takes a second pair of eyes.
    DIRECTORY_AUTHORISE = "directory:authorise", _SECOND_EYES, Reach.TENANT, False, True
    DIRECTORY_PROVISION = "directory:provision", _PROGRAMS, Reach.TENANT, True, False
    DIRECTORY_IMPORT = "directory:import", _ADMINISTRATOR, Reach.TENANT, True, True
    DIRECTORY_EXPORT = "directory:export", _DECIDING, Reach.TENANT, True, False

    HYGIENE_READ = "hygiene:read", _EVERYBODY, Reach.TENANT, True, False
    # Whose accounts they are is shown in part to who may not look at people.
    HYGIENE_ACCOUNTS = "hygiene:accounts", _EVERYBODY, Reach.TENANT, True, False

    TICKETS_READ = "tickets:read", _EVERYBODY, Reach.TENANT, True, False
    TICKETS_WRITE = "tickets:write", _DECIDING, Reach.TENANT, True, False
    # What is suppressed calls nobody: it takes a second pair of eyes.
    SUPPRESSIONS_WRITE = "suppressions:write", _SECOND_EYES, Reach.TENANT, False, True

    POLICY_READ = "policy:read", _STAFF, Reach.INSTANCE, True, False
    POLICY_WRITE = "policy:write", _ADMINISTRATOR, Reach.INSTANCE, False, True

    # What weighs on somebody is a person's: no program asks for it, none agrees to it.
    MEASURES_READ = "measures:read", _EVERYBODY, Reach.TENANT, True, False
    MEASURES_REQUEST = "measures:request", _DECIDING, Reach.TENANT, False, True
    MEASURES_APPROVE = "measures:approve", _SECOND_EYES, Reach.TENANT, False, True
    MEASURES_UNDO = "measures:undo", _DECIDING, Reach.TENANT, False, True

    OUTBOX_READ = "outbox:read", _STAFF, Reach.INSTANCE, True, False
    OUTBOX_DRIVE = "outbox:drive", _SECOND_EYES, Reach.INSTANCE, False, True
    REPORTS_WRITE = "reports:write", _EVERYBODY, Reach.TENANT, True, False

    # Names and times of factors, challenges and links; nothing that could be used.
    MFA_READ = "mfa:read", _DECIDING, Reach.TENANT, True, False
    MFA_CHALLENGE = "mfa:challenge", _DECIDING, Reach.TENANT, True, False
    MFA_ENROL = "mfa:enrol", _DECIDING, Reach.TENANT, False, True
    MFA_REVOKE = "mfa:revoke", _DECIDING, Reach.TENANT, False, True
    # Who lost every factor is let in by two people, after a wait.
    RECOVERIES_REQUEST = "recoveries:request", _DECIDING, Reach.TENANT, False, True
    RECOVERIES_APPROVE = "recoveries:approve", _SECOND_EYES, Reach.TENANT, False, True
    SIGN_INS_DECIDE = "sign-ins:decide", _PROGRAMS, Reach.TENANT, True, False

    # An account's page: whom it is about is masked until somebody says why they look.
    ACCOUNTS_READ = "accounts:read", _EVERYBODY, Reach.TENANT, True, False
    # What is written about an account by hand.
    NOTES_READ = "notes:read", _DECIDING, Reach.TENANT, True, False
    NOTES_WRITE = "notes:write", _DECIDING, Reach.TENANT, True, False
    DETECTORS_READ = "detectors:read", _STAFF, Reach.INSTANCE, True, False
    SETTINGS_READ = "settings:read", _ADMINISTRATOR, Reach.INSTANCE, False, False
    # A log handed in by hand, and where a new source sends to.
    SOURCES_WRITE = "sources:write", _ADMINISTRATOR, Reach.INSTANCE, False, True
    # Who at a tenant is written to each month, and that it is done now.
    HYGIENE_REPORT = "hygiene:report", _SECOND_EYES, Reach.TENANT, False, True

    AUDIT_READ = "audit:read", _SECOND_EYES, Reach.INSTANCE, True, False
    # All that was ever done leaves the machine.
    AUDIT_EXPORT = "audit:export", _ADMINISTRATOR, Reach.INSTANCE, False, True

    RETENTION_READ = "retention:read", _STAFF, Reach.INSTANCE, True, False
    RETENTION_CONFIRM = "retention:confirm", _ADMINISTRATOR, Reach.INSTANCE, False, True

    # Whoever may not look sees names, addresses and programs in part.
    PERSON_LOOK = "person:look", _DECIDING, Reach.TENANT, True, False
    PERSON_READ = "person:read", _SECOND_EYES, Reach.TENANT, False, False
    PERSON_OBJECT = "person:object", _SECOND_EYES, Reach.TENANT, False, False
    PERSON_EXPORT = "person:export", _ADMINISTRATOR, Reach.TENANT, False, True
    PERSON_RESTRICT = "person:restrict", _ADMINISTRATOR, Reach.TENANT, False, True
    PERSON_ERASE = "person:erase", _ADMINISTRATOR, Reach.TENANT, False, True
    REGISTER_READ = "register:read", _STAFF, Reach.INSTANCE, True, False

    @property
    def scope(self) -> str:
        """Its name."""
        return str(self.value[0])

    @property
    def roles(self) -> frozenset[Role]:
        """Who may."""
        roles: frozenset[Role] = self.value[1]
        return roles

    @property
    def reach(self) -> Reach:
        """How far it goes."""
        reach: Reach = self.value[2]
        return reach

    @property
    def for_keys(self) -> bool:
        """Whether an API key may be made for it."""
        return bool(self.value[3])

    @property
    def is_dangerous(self) -> bool:
        """Whether a reviewer has to have proved lately who they are."""
        return bool(self.value[4])


def named(scope: str) -> Operation | None:
    """The operation of this name."""
    return _NAMED.get(scope)


_NAMED: Final = {operation.scope: operation for operation in Operation}


def permits(actor: Actor, operation: Operation) -> bool:
    """Whether somebody may do this at all, leaving aside how long ago they proved who they are."""
    if operation.reach is Reach.INSTANCE and actor.tenant is not None:
        return False
    if actor.kind in (ActorKind.KEY, ActorKind.DAEMON):
        return operation.scope in actor.scopes
    roles = actor.roles if actor.tenant is not None else actor.roles - {Role.TENANT_CONTACT}
    return not operation.roles.isdisjoint(roles)


def authorise(actor: Actor, operation: Operation, now: int | None = None) -> None:
    """Raise NotAllowedError where somebody may not do this, and NotFreshError where they have to
    prove first who they are. `now` in ms, the clock's where it is not given."""
    if not permits(actor, operation):
        raise NotAllowedError(f"{actor.reference} may not {operation.scope}")
    if operation.is_dangerous and actor.kind is ActorKind.REVIEWER:
        at = now_ms() if now is None else now
        if actor.authenticated is None or not at - FRESH <= actor.authenticated <= at:
            raise NotFreshError(f"{actor.reference} must prove who they are to {operation.scope}")


def within(actor: Actor) -> str | None:
    """The tenant that somebody's questions are bound to; None where they may see all."""
    if Role.TENANT_CONTACT in actor.roles and actor.tenant is None:
        raise NotAllowedError(f"{actor.reference} is a tenant's contact without a tenant")
    return actor.tenant


def allowed(
    operation: Operation,
) -> Callable[[Callable[Concatenate[S, Actor, P], R]], Callable[Concatenate[S, Actor, P], R]]:
    """Make a service's method one that only those may call who may do this operation; its first
    argument is who asks. A service that has a clock of its own (`_now`) is asked by it."""

    def bind(
        method: Callable[Concatenate[S, Actor, P], R],
    ) -> Callable[Concatenate[S, Actor, P], R]:
        @wraps(method)
        def checked(self: S, actor: Actor, /, *args: P.args, **named: P.kwargs) -> R:
            clock: Callable[[], int] = getattr(self, "_now", now_ms)
            authorise(actor, operation, clock())
            return method(self, actor, *args, **named)

        marked: Any = checked
        marked.operation = operation
        return checked

    return bind


def operation_of(method: Any) -> Operation | None:
    """Which operation a service's method is; None where it is none that can be asked for."""
    found: Operation | None = getattr(method, "operation", None)
    return found
