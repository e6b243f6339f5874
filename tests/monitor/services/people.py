"""Who asks, in tests: somebody of each role, bound to a tenant or not, and programs."""

from monitor.services.actor import Actor, ActorKind, Role

ADMINISTRATOR = Actor(
    kind=ActorKind.REVIEWER, uid="r-1", name="Ada", roles=frozenset((Role.ADMINISTRATOR,))
)


def person(
    *roles: Role, tenant: str | None = None, authenticated: int | None = None, uid: str = "r-9"
) -> Actor:
    """A reviewer of these roles."""
    return Actor(
        kind=ActorKind.REVIEWER,
        uid=uid,
        name="Someone",
        roles=frozenset(roles),
        tenant=tenant,
        authenticated=authenticated,
    )


def program(*scopes: str, tenant: str | None = None) -> Actor:
    """A program with a key for these."""
    return Actor(kind=ActorKind.KEY, uid="7", name="crm", scopes=frozenset(scopes), tenant=tenant)
