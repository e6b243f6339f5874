"""What a reviewer is to the rest."""

from monitor.services.actor import ActorKind, Role
from monitor.services.standing import actor_of_reviewer, owner_of, reference_of
from monitor.store.reviewers import ReviewerRow


def test_a_reviewer_is_an_actor_of_one_role_and_perhaps_one_tenant() -> None:
    row = ReviewerRow("r-1", "a@x", "Ada", "tenant_contact", "acme", "active", 1, 1, None)
    actor = actor_of_reviewer(row, 5)
    assert (actor.kind, actor.uid, actor.name) == (ActorKind.REVIEWER, "r-1", "Ada")
    assert (actor.roles, actor.tenant, actor.authenticated) == ({Role.TENANT_CONTACT}, "acme", 5)
    assert actor.reference == reference_of("r-1") == owner_of("r-1").reference
