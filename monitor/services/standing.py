"""What a reviewer is to the rest: a state, a reference that stays, and an actor."""

from typing import Final

from monitor.services.actor import Actor, ActorKind, Role
from monitor.store.factors import Owner
from monitor.store.reviewers import ReviewerRow

INVITED: Final = "invited"
"""Has a link, and has not set up what to sign in with."""
ACTIVE: Final = "active"
DISABLED: Final = "disabled"
LAPSED: Final = "lapsed"
"""Has no role any more at the provider that they sign in by, until it gives one again."""
STATES: Final = (INVITED, ACTIVE, DISABLED, LAPSED)


def actor_of_reviewer(row: ReviewerRow, authenticated: int | None = None) -> Actor:
    """A reviewer as somebody who does something; `authenticated` (ms) is when they last proved in
    full who they are."""
    return Actor(
        kind=ActorKind.REVIEWER,
        uid=row.uid,
        name=row.name,
        roles=frozenset((Role(row.role),)),
        tenant=row.tenant,
        authenticated=authenticated,
    )


def owner_of(uid: str) -> Owner:
    """Whose a reviewer's factors are."""
    return Owner(ActorKind.REVIEWER.value, uid)


def reference_of(uid: str) -> str:
    """What stands for a reviewer where nobody is named."""
    return f"{ActorKind.REVIEWER.value}:{uid}"
